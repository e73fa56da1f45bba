/* What mremap refuses. */
#include "differ.h"

int main(void)
{
	char *area = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	NEED(area != MAP_FAILED && munmap(area + 2 * PAGE, PAGE) == 0);
	MAP(mremap(area + 1, PAGE, 2 * PAGE, MREMAP_MAYMOVE));
	MAP(mremap(area, PAGE, 0, MREMAP_MAYMOVE));
	MAP(mremap(area, PAGE, 2 * PAGE, 0x100));
	MAP(mremap(area, 0, PAGE, MREMAP_MAYMOVE));
	MAP(mremap(area + 2 * PAGE, PAGE, 2 * PAGE, MREMAP_MAYMOVE));
	MAP(mremap(area + PAGE, 3 * PAGE, 4 * PAGE, MREMAP_MAYMOVE));
	return 0;
}
