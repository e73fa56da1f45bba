/* MAP_FIXED_NOREPLACE maps exactly there or not at all. */
#include "differ.h"

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

int main(void)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS;
	char *area = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, flags, -1, 0);

	NEED(area != MAP_FAILED);
	area[0] = area[4 * PAGE] = 5;
	MAP(mmap(area, PAGE, PROT_READ, flags | MAP_FIXED_NOREPLACE, -1, 0));
	NEED(munmap(area + 2 * PAGE, 2 * PAGE) == 0);
	MAP(mmap(area + PAGE, 2 * PAGE, PROT_READ, flags | MAP_FIXED_NOREPLACE, -1, 0));
	MAP(mmap(area + 3 * PAGE, 2 * PAGE, PROT_READ, flags | MAP_FIXED_NOREPLACE, -1, 0));
	HOLDS(mmap(area + 2 * PAGE, 2 * PAGE, PROT_READ, flags | MAP_FIXED_NOREPLACE, -1, 0) == area + 2 * PAGE);
	SHOW(area[0] + area[4 * PAGE]);
	return 0;
}
