/* Each processor exception has its signal and code. */
#include "differ.h"

static void (*volatile action)(void);

static void divide(void)
{
	volatile int zero = 0, one = 1;

	one = one / zero;
}

static void overflow(void)
{
	volatile int least = INT_MIN, minus_one = -1;

	least = least / minus_one;
}

static void illegal(void)
{
	__asm__ volatile("ud2");
}

static void breakpoint(void)
{
	__asm__ volatile("int3");
}

static void privileged(void)
{
	__asm__ volatile("hlt");
}

static void not_canonical(void)
{
	(void)*(volatile char *)0x8000000000000000;
}

static void look(const char *what, void (*cause)(void))
{
	action = cause;
	fault_signal = 0;
	if (sigsetjmp(fault_return, 1) == 0)
		action();
	printf("%s: %s, code %d, address %s\n", what, signal_name(fault_signal), (int)fault_code, fault_address ? "given" : "none");
}

int main(void)
{
	static const int numbers[] = {SIGSEGV, SIGFPE, SIGILL, SIGTRAP, SIGBUS};
	struct sigaction handling = {.sa_sigaction = fault_handler, .sa_flags = SA_SIGINFO};

	for (size_t index = 0; index < ARRAY_LENGTH(numbers); index++)
		sigaction(numbers[index], &handling, NULL);
	look("division by zero", divide);
	look("division that overflows", overflow);
	look("an instruction that is none", illegal);
	look("a breakpoint", breakpoint);
	look("a privileged instruction", privileged);
	look("an address that is none", not_canonical);
	return 0;
}
