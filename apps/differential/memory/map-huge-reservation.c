/* Hundreds of GiB without reservation, as language runtimes ask for: only what is touched counts. */
#include "differ.h"

int main(void)
{
	size_t size = 300 * GIB;
	char *area = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	NEED(area != MAP_FAILED);
	for (size_t offset = 0; offset < size; offset += 50 * GIB)
		area[offset] = area[offset + 12345] + 1;
	area[size - 1] = 1;
	SHOW(area[0] + area[size - 1] + area[100 * GIB] + area[GIB]);
	CALL(munmap(area + GIB, 200 * GIB));
	READING(area + 100 * GIB);
	READING(area + 250 * GIB);
	CALL(munmap(area, size));
	READING(area);
	return 0;
}
