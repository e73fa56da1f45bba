/* MAP_POPULATE and MAP_LOCKED bring the pages in at once. */
#include "differ.h"

static int resident(void *area, size_t pages)
{
	unsigned char state[64];
	int count = 0;

	NEED(mincore(area, pages * PAGE, state) == 0);
	for (size_t index = 0; index < pages; index++)
		count += state[index] & 1;
	return count;
}

int main(void)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS;
	char *lazy = mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE, flags, -1, 0);
	char *eager = mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE, flags | MAP_POPULATE, -1, 0);

	NEED(lazy != MAP_FAILED && eager != MAP_FAILED);
	SHOW(resident(eager, 16));
	SHOW(resident(lazy, 16));
	lazy[5 * PAGE] = 1;
	SHOW(resident(lazy + 5 * PAGE, 1));
	return 0;
}
