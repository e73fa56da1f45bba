/*
 * An instruction that does not exist: SIGILL. With "breakpoint", int3: SIGTRAP.
 */
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	printf("before\n");
	fflush(stdout);
	if (argc > 1 && !strcmp(argv[1], "breakpoint"))
		__asm__ volatile("int3");
	else
		__asm__ volatile("ud2");
	printf("after\n");
	return 0;
}
