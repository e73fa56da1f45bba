/* mremap in place: smaller, larger where there is room, and moved where there is none. */
#include "differ.h"

int main(void)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS;
	char *area = mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE, flags, -1, 0);

	NEED(area != MAP_FAILED);
	memset(area, 'x', 16 * PAGE);
	HOLDS(mremap(area, 16 * PAGE, 4 * PAGE, 0) == area);
	READING(area + 4 * PAGE - 1);
	READING(area + 4 * PAGE);
	HOLDS(mremap(area, 4 * PAGE, 8 * PAGE, 0) == area);
	SHOW(area[4 * PAGE - 1]);
	SHOW(area[4 * PAGE]);
	HOLDS(mmap(area + 8 * PAGE, PAGE, PROT_READ, flags | MAP_FIXED, -1, 0) == area + 8 * PAGE);
	MAP(mremap(area, 8 * PAGE, 12 * PAGE, 0));
	char *moved = mremap(area, 8 * PAGE, 12 * PAGE, MREMAP_MAYMOVE);
	HOLDS(moved != MAP_FAILED && moved != area);
	SHOW(moved[0] + moved[4 * PAGE - 1] + moved[11 * PAGE]);
	READING(area);
	READING(area + 8 * PAGE);
	return 0;
}
