/*
 * Prints numbered lines until nobody reads them any more; then SIGPIPE ends it, as `| head -1` does with any program.
 */
#include <stdio.h>

int main(void)
{
	for (unsigned long number = 1;; number++)
		if (printf("line %lu\n", number) < 0 || (number % 64 == 0 && fflush(stdout) != 0))
			return 3;
}
