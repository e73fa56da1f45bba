/* Anonymous memory is zero, can be written, and is gone after munmap. */
#include "differ.h"

int main(void)
{
	size_t size = 64 * PAGE;
	unsigned char *area = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned long sum = 0;

	NEED(area != MAP_FAILED);
	HOLDS((uintptr_t)area % PAGE == 0);
	for (size_t index = 0; index < size; index++)
		sum += area[index];
	SHOW(sum);
	memset(area, 7, size);
	CALL(munmap(area, size));
	READING(area);
	READING(area + size - 1);
	CALL(munmap(area, size));
	return 0;
}
