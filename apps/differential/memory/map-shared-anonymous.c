/* MAP_SHARED anonymous memory behaves as memory of one process, through mremap of size 0 too. */
#include "differ.h"

int main(void)
{
	int *area = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	NEED(area != MAP_FAILED);
	area[3] = 77;
	int *copy = mremap(area, 0, 2 * PAGE, MREMAP_MAYMOVE);
	printf("a second mapping: %s\n", copy == MAP_FAILED ? error_name(errno) : "there");
	if (copy != MAP_FAILED) {
		SHOW(copy[3]);
		copy[4] = 78;
		SHOW(area[4]);
	}
	return 0;
}
