/* MAP_FIXED replaces what is there; its neighbours stay. */
#include "differ.h"

int main(void)
{
	char *area = mmap(NULL, 5 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	NEED(area != MAP_FAILED);
	memset(area, 'a', 5 * PAGE);
	HOLDS(mmap(area + PAGE, 2 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == area + PAGE);
	for (int page = 0; page < 5; page++)
		printf("page %d: %d\n", page, area[page * PAGE]);
	WRITING(area + PAGE);
	WRITING(area + 3 * PAGE);
	return 0;
}
