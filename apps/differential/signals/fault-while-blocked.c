/* A fault whose signal is blocked ends the program, whatever handler there is. */
#include "differ.h"

int main(void)
{
	sigset_t set;

	catch_faults();
	sigemptyset(&set);
	sigaddset(&set, SIGSEGV);
	sigprocmask(SIG_BLOCK, &set, NULL);
	puts("before");
	*(volatile char *)16 = 1;
	puts("after");
	return 0;
}
