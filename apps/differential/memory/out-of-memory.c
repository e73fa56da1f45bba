/* More memory than there can be is ENOMEM, and the program goes on. */
// libc: both
#include "differ.h"

int main(void)
{
	size_t huge = 1ul << 46;

	errno = 0;
	void *volatile block = malloc(huge);
	printf("malloc: %s\n", block ? "a block" : error_name(errno));
	errno = 0;
	block = realloc(malloc(10), huge);
	printf("realloc: %s\n", block ? "a block" : error_name(errno));
	errno = 0;
	block = calloc(huge, 16);
	printf("calloc: %s\n", block ? "a block" : error_name(errno));
	block = malloc(100);
	HOLDS(block != NULL);
	return 0;
}
