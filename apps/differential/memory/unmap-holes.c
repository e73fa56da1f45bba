/* munmap of parts, over holes and over several mappings at once. */
#include "differ.h"

int main(void)
{
	char *area = mmap(NULL, 10 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	NEED(area != MAP_FAILED);
	for (int page = 0; page < 10; page++)
		area[page * PAGE] = (char)page;
	CALL(munmap(area + 2 * PAGE, PAGE));
	CALL(munmap(area + 5 * PAGE, 2 * PAGE));
	CALL(munmap(area + 5 * PAGE, PAGE));
	for (int page = 0; page < 10; page++)
		printf("page %d: %s\n", page, try_read(area + page * PAGE));
	CALL(munmap(area + PAGE, 7 * PAGE));
	for (int page = 0; page < 10; page++)
		printf("page %d: %s\n", page, try_read(area + page * PAGE));
	SHOW(area[0] + area[8 * PAGE] + area[9 * PAGE]);
	return 0;
}
