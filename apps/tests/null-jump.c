/*
 * Jumps to address 0: must end as on Linux (SIGSEGV), with what was printed before.
 */
#include <stdio.h>

int main(void)
{
	void (*volatile nowhere)(void) = NULL;

	printf("before\n");
	fflush(stdout);
	nowhere();
	printf("after\n");
	return 0;
}
