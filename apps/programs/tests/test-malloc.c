/*
 * Allocates and frees blocks of 16 KiB, 32 KiB, ... up to 1.5 GiB; a block that does not fit into the machine may be refused.
 * Then the allocator shows what it still holds. An argument sets how many blocks (default 100,000).
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#define DEFAULT_COUNT 100000
#define STEP 16384

int main(int argc, char **argv)
{
	long count = argc > 1 ? atol(argv[1]) : DEFAULT_COUNT;

	for (long i = 1; i <= count; i++) {
		char *block = malloc((size_t)i * STEP);

		if (block != NULL)
			block[0] = 1;
		free(block);
	}
	malloc_stats();
	return 0;
}
