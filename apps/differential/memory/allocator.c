/* malloc's kin: alignment, zeroing, resizing, usable after free. */
// libc: both
#include "differ.h"
#include <malloc.h>

int main(void)
{
	int misaligned = 0, dirty = 0, lost = 0;
	void *aligned = NULL;

	for (size_t alignment = 16; alignment <= 1 * MIB; alignment *= 2) {
		void *block = aligned_alloc(alignment, alignment);
		misaligned += block == NULL || (uintptr_t)block % alignment;
		free(block);
	}
	SHOW(misaligned);
	CALL(posix_memalign(&aligned, 3, 100));
	CALL(posix_memalign(&aligned, 4096, 100));
	HOLDS((uintptr_t)aligned % 4096 == 0);
	for (size_t size = 1; size <= 4 * MIB; size = size * 2 + 1) {
		unsigned char *block = malloc(size);
		memset(block, 0xff, size);
		free(block);
		block = calloc(size, 1);
		for (size_t index = 0; index < size; index++)
			dirty += block[index] != 0;
		memset(block, 7, size);
		block = realloc(block, size * 3);
		for (size_t index = 0; index < size; index++)
			lost += block[index] != 7;
		HOLDS(malloc_usable_size(block) >= size * 3);
		free(block);
	}
	SHOW(dirty);
	SHOW(lost);
	return 0;
}
