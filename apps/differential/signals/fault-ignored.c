/* A fault cannot be ignored. */
#include "differ.h"

int main(void)
{
	signal(SIGSEGV, SIG_IGN);
	CALL(raise(SIGSEGV));
	puts("before");
	*(volatile char *)16 = 1;
	puts("after");
	return 0;
}
