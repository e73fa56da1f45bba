/*
 * exit writes out what stdio still holds and runs the registered functions, last registered first; _exit does neither.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void first(void) { printf("registered first\n"); }
static void second(void) { printf("registered second\n"); }

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOFBF, 4096);
	if (atexit(first) || atexit(second))
		return 1;
	printf("buffered\n");
	if (argc > 1 && !strcmp(argv[1], "_exit"))
		_exit(3);
	exit(4);
}
