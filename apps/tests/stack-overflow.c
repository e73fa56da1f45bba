/*
 * Recursion without an end: reaches the guard below the stack and must end there (SIGSEGV), not overwrite what lies below.
 */
#include <stdio.h>

/* volatile: the compiler may not see that it never stops. */
static volatile int forever = 1;

__attribute__((noinline)) static int deeper(int depth)
{
	volatile char frame[4000];

	frame[0] = (char)depth;
	if (forever)
		return deeper(depth + 1) + frame[0];
	return frame[0];
}

int main(void)
{
	printf("before\n");
	fflush(stdout);
	printf("after %d\n", deeper(0));
	return 0;
}
