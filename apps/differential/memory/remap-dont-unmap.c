/* MREMAP_DONTUNMAP moves the pages and leaves an empty mapping behind. */
#include "differ.h"

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif

int main(void)
{
	char *area = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	NEED(area != MAP_FAILED);
	memset(area, 6, 4 * PAGE);
	char *moved = mremap(area, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP);
	HOLDS(moved != MAP_FAILED && moved != area);
	SHOW(moved[0] + moved[3 * PAGE]);
	SHOW(area[0] + area[3 * PAGE]);
	WRITING(area);
	MAP(mremap(moved, 4 * PAGE, 8 * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP));
	return 0;
}
