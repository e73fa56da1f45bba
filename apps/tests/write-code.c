/*
 * Writes into its own code: code is not writable.
 */
#include <stdint.h>
#include <stdio.h>

__attribute__((noinline)) static int target(void)
{
	__asm__ volatile("");
	return 1;
}

int main(void)
{
	volatile unsigned char *volatile code = (volatile unsigned char *)(uintptr_t)target;

	printf("before %d\n", target());
	fflush(stdout);
	*code = 0xc3;
	printf("after %d\n", target());
	return 0;
}
