/* What a program has asked for and not touched is not resident, whatever it does with it; after munmap it is a fault all the same. */
#include "differ.h"

static void show(const char *what, char *area, size_t pages)
{
	unsigned char state[8] = {0};

	NEED(mincore(area, pages * PAGE, state) == 0);
	printf("%s:", what);
	for (size_t page = 0; page < pages; page++)
		printf(" %d", state[page] & 1);
	printf("\n");
}

static char *map(size_t pages, int protection, int flags)
{
	char *area = mmap(NULL, pages * PAGE, protection, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);

	NEED(area != MAP_FAILED);
	NEED(madvise(area, pages * PAGE, MADV_NOHUGEPAGE) == 0);
	return area;
}

int main(void)
{
	char *area = map(3, PROT_READ | PROT_WRITE, 0);

	catch_faults();
	show("mapped", area, 3);
	NEED(mprotect(area, 3 * PAGE, PROT_READ) == 0);
	show("made readable only", area, 3);
	WRITING(area);
	NEED(mprotect(area, 3 * PAGE, PROT_NONE) == 0);
	READING(area);
	show("made inaccessible", area, 3);
	NEED(mprotect(area, 3 * PAGE, PROT_READ | PROT_WRITE) == 0);
	show("made accessible", area, 3);
	SHOW(*(volatile char *)area);
	show("first page read", area, 3);
	area[2 * PAGE] = 1;
	show("last page written", area, 3);
	NEED(munmap(area, 3 * PAGE) == 0);
	READING(area);

	area = map(2, PROT_READ | PROT_WRITE, 0);
	NEED(munmap(area, 2 * PAGE) == 0);
	READING(area);
	area = map(2, PROT_READ | PROT_WRITE, MAP_POPULATE);
	show("populated", area, 2);
	area = map(8, PROT_READ | PROT_WRITE, 0);
	for (size_t page = 0; page < 8; page += 3)
		area[page * PAGE] = 1;
	show("touched here and there", area, 8);
	area = map(4, PROT_NONE, 0);
	for (size_t page = 0; page < 4; page++) {
		NEED(mprotect(area + page * PAGE, PAGE, PROT_READ | PROT_WRITE) == 0);
		show("grown", area, 4);
		area[page * PAGE] = (char)page;
	}
	CALL(madvise(area, 4 * PAGE, MADV_DONTNEED));
	show("not needed", area, 4);
	SHOW(area[3 * PAGE]);
	area = map(2, PROT_READ | PROT_WRITE, 0);
	NEED(mlock(area, 2 * PAGE) == 0);
	show("locked", area, 2);
	return 0;
}
