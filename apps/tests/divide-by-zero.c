/*
 * Integer division by zero, and the overflow of the most negative number by -1: SIGFPE both.
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	volatile int dividend = INT_MIN, divisor = argc > 1 && !strcmp(argv[1], "overflow") ? -1 : 0;
	int quotient;

	printf("before\n");
	fflush(stdout);
	/* By hand: the compiler may assume that neither happens. */
	__asm__ volatile("cltd\n\tidivl %2" : "=a"(quotient) : "0"(dividend), "m"(divisor) : "edx", "cc");
	printf("after %d\n", quotient);
	return 0;
}
