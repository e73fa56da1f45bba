/*
 * Computes for ever without a system call: only the host can end it (Ctrl-C).
 */
#include <stdio.h>

int main(void)
{
	printf("looping\n");
	fflush(stdout);
	for (volatile unsigned long rounds = 0;; rounds++)
		;
}
