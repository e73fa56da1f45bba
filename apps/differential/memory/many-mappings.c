/* Thousands of mappings with different rights, and all gone again. */
#include "differ.h"

int main(void)
{
	size_t count = 4000;
	char *area = mmap(NULL, count * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int wrong = 0;

	NEED(area != MAP_FAILED);
	for (size_t page = 0; page < count; page++)
		area[page * PAGE] = (char)(page % 100);
	for (size_t page = 0; page < count; page += 2)
		wrong += mprotect(area + page * PAGE, PAGE, PROT_READ) != 0;
	for (size_t page = 0; page < count; page++)
		wrong += area[page * PAGE] != (char)(page % 100);
	SHOW(wrong);
	WRITING(area + PAGE);
	WRITING(area + 2 * PAGE);
	for (size_t page = 1; page < count; page += 4)
		wrong += munmap(area + page * PAGE, PAGE) != 0;
	SHOW(wrong);
	READING(area + 5 * PAGE);
	READING(area + 6 * PAGE);
	CALL(munmap(area, count * PAGE));
	READING(area + 6 * PAGE);
	return 0;
}
