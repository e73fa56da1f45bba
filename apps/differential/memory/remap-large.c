/* Moving many pages keeps all of them, 2 MiB pages included. */
#include "differ.h"

int main(void)
{
	size_t size = 16 * MIB;
	int flags = MAP_PRIVATE | MAP_ANONYMOUS, wrong = 0;
	unsigned *area = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, -1, 0);

	NEED(area != MAP_FAILED);
	for (size_t page = 0; page < size / PAGE; page++)
		area[page * 1024 + page % 1024] = (unsigned)page + 1;
	NEED(mmap((char *)area + size, PAGE, PROT_NONE, flags | MAP_FIXED, -1, 0) != MAP_FAILED);
	unsigned *moved = mremap(area, size, 3 * size, MREMAP_MAYMOVE);
	HOLDS(moved != MAP_FAILED);
	for (size_t page = 0; page < size / PAGE; page++)
		wrong += moved[page * 1024 + page % 1024] != (unsigned)page + 1;
	for (size_t page = size / PAGE; page < 3 * size / PAGE; page++)
		wrong += moved[page * 1024] != 0;
	SHOW(wrong);
	READING(area);
	return 0;
}
