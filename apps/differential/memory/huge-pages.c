/* Memory that may consist of 2 MiB pages can still be changed in 4 KiB pieces. */
#include "differ.h"

int main(void)
{
	size_t size = 8 * MIB;
	char *area = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	NEED(area != MAP_FAILED);
	CALL(madvise(area, size, MADV_HUGEPAGE));
	memset(area, 4, size);
	char *middle = (char *)(((uintptr_t)area + 2 * MIB - 1) & ~(2 * MIB - 1)) + MIB;
	CALL(mprotect(middle, PAGE, PROT_READ));
	WRITING(middle);
	WRITING(middle - 1);
	WRITING(middle + PAGE);
	CALL(madvise(middle + 4 * PAGE, PAGE, MADV_DONTNEED));
	SHOW(middle[4 * PAGE] + middle[5 * PAGE] + middle[3 * PAGE]);
	CALL(munmap(middle + 8 * PAGE, PAGE));
	READING(middle + 8 * PAGE);
	SHOW(middle[7 * PAGE] + middle[9 * PAGE]);
	char *moved = mremap(middle + 12 * PAGE, PAGE, 2 * PAGE, MREMAP_MAYMOVE);
	HOLDS(moved != MAP_FAILED);
	SHOW(moved[1]);
	return 0;
}
