/* mincore: which pages are there, and what it refuses. */
#include "differ.h"

int main(void)
{
	char *area = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned char state[8];

	NEED(area != MAP_FAILED);
	NEED(madvise(area, 8 * PAGE, MADV_NOHUGEPAGE) == 0);
	area[PAGE] = area[4 * PAGE] = 1;
	CALL(mincore(area, 8 * PAGE, state));
	for (int page = 0; page < 8; page++)
		printf("page %d: %d\n", page, state[page] & 1);
	CALL(mincore(area + 1, PAGE, state));
	CALL(mincore(area, 0, state));
	CALL(mincore(area, PAGE, (unsigned char *)16));
	NEED(munmap(area + 2 * PAGE, PAGE) == 0);
	CALL(mincore(area, 8 * PAGE, state));
	CALL(mincore(area, SIZE_MAX - 2 * PAGE, state));
	return 0;
}
