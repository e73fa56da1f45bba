/* The advice that programs give besides: accepted without effect on the contents. */
#include "differ.h"

int main(void)
{
	static const int advice[] = {MADV_NORMAL, MADV_RANDOM, MADV_SEQUENTIAL, MADV_WILLNEED, MADV_DONTFORK, MADV_DOFORK,
								 MADV_HUGEPAGE, MADV_NOHUGEPAGE, MADV_DONTDUMP, MADV_DODUMP};
	char *area = mmap(NULL, 4 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int wrong = 0;

	NEED(area != MAP_FAILED);
	memset(area, 9, 4 * MIB);
	for (size_t index = 0; index < ARRAY_LENGTH(advice); index++) {
		printf("advice %d: ", advice[index]);
		CALL(madvise(area, 4 * MIB, advice[index]));
	}
	for (size_t offset = 0; offset < 4 * MIB; offset += PAGE)
		wrong += area[offset] != 9;
	SHOW(wrong);
	CALL(posix_madvise(area, PAGE, POSIX_MADV_DONTNEED));
	SHOW(area[0]);
	return 0;
}
