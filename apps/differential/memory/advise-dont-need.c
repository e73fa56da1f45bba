/* MADV_DONTNEED throws pages away: they read as zeros again. */
#include "differ.h"

int main(void)
{
	char *area = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	NEED(area != MAP_FAILED);
	memset(area, 5, 8 * PAGE);
	CALL(madvise(area + 2 * PAGE, 3 * PAGE, MADV_DONTNEED));
	for (int page = 0; page < 8; page++)
		printf("page %d: %d\n", page, area[page * PAGE + 11]);
	CALL(madvise(area + 1, PAGE, MADV_DONTNEED));
	CALL(madvise(area, 1, MADV_DONTNEED));
	SHOW(area[0]);
	CALL(madvise(area, 0, MADV_DONTNEED));
	CALL(madvise(area, PAGE, 7777));
	NEED(munmap(area + 4 * PAGE, PAGE) == 0);
	CALL(madvise(area, 8 * PAGE, MADV_DONTNEED));
	SHOW(area[7 * PAGE]);
	NEED(mprotect(area, PAGE, PROT_NONE) == 0);
	CALL(madvise(area, PAGE, MADV_DONTNEED));
	return 0;
}
