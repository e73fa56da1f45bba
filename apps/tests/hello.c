/*
 * The first program everybody runs: greets and prints its arguments, as the original's hello does.
 * It needs nothing but start-up, stdout and exit.
 */
#include <stdio.h>

int main(int argc, char **argv)
{
	puts("Hello World!!!");
	for (int i = 0; i < argc; i++)
		printf("argv[%d] = %s\n", i, argv[i]);
	return 0;
}
