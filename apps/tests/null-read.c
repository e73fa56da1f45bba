/*
 * Reads through a null pointer, also some pages into the structure that is not there.
 */
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	const volatile char *volatile nothing = NULL;

	printf("before\n");
	fflush(stdout);
	printf("after %d\n", nothing[argc > 1 ? strtoul(argv[1], NULL, 0) : 0]);
	return 0;
}
