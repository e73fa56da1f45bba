/* MREMAP_FIXED moves to where it is told and replaces what is there. */
#include "differ.h"

int main(void)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS;
	char *from = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, flags, -1, 0);
	char *to = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, flags, -1, 0);

	NEED(from != MAP_FAILED && to != MAP_FAILED);
	memset(from, 1, 4 * PAGE);
	memset(to, 2, 8 * PAGE);
	HOLDS(mremap(from, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to + 2 * PAGE) == to + 2 * PAGE);
	for (int page = 0; page < 8; page++)
		printf("page %d: %d\n", page, to[page * PAGE]);
	READING(from);
	MAP(mremap(to, 2 * PAGE, 2 * PAGE, MREMAP_FIXED, to + 4 * PAGE));
	MAP(mremap(to, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to + PAGE));
	MAP(mremap(to, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to + 1));
	MAP(mremap(to, 2 * PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, from));
	SHOW(from[5]);
	READING(to + PAGE);
	return 0;
}
