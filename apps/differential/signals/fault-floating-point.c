/* Unmasked floating-point exceptions are SIGFPE with the reason. */
// libc: glibc
#include "differ.h"
#include <fenv.h>

static void look(const char *what, int exceptions, double left, double right)
{
	volatile double a = left, b = right, result;

	feclearexcept(FE_ALL_EXCEPT);
	fault_signal = 0;
	if (sigsetjmp(fault_return, 1) == 0) {
		feenableexcept(exceptions);
		result = a / b;
		(void)result;
	}
	fedisableexcept(FE_ALL_EXCEPT);
	printf("%s: %s, %s\n", what, signal_name(fault_signal), fault_code == FPE_FLTDIV ? "FPE_FLTDIV" :
		   fault_code == FPE_FLTINV ? "FPE_FLTINV" : fault_code == FPE_FLTOVF ? "FPE_FLTOVF" : "another code");
}

int main(void)
{
	struct sigaction handling = {.sa_sigaction = fault_handler, .sa_flags = SA_SIGINFO};

	sigaction(SIGFPE, &handling, NULL);
	look("one by zero", FE_DIVBYZERO, 1, 0);
	look("zero by zero", FE_INVALID, 0, 0);
	look("an overflow", FE_OVERFLOW, 1e308, 1e-10);
	return 0;
}
