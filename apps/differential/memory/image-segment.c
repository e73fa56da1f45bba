/* Segments of an image as dynamic loaders map them (MAP_DENYWRITE): private, from the first touch to the file's end. */
#include "differ.h"

#define PAGES 3

static int file;

static char *map(int protection)
{
	char *area = mmap(NULL, PAGES * PAGE, protection, MAP_PRIVATE | MAP_DENYWRITE, file, 0);

	NEED(area != MAP_FAILED);
	return area;
}

static void show_first_bytes(const char *what, char *area)
{
	printf("%s:", what);
	for (size_t page = 0; page < PAGES; page++)
		printf(" %c", area[page * PAGE]);
	printf("\n");
}

int main(void)
{
	char byte;

	file = memfd_create("image", 0);
	NEED(file >= 0 && ftruncate(file, PAGES * PAGE) == 0);
	for (size_t page = 0; page < PAGES; page++)
		NEED(pwrite(file, "abc" + page, 1, page * PAGE) == 1);
	catch_faults();
	char *area = map(PROT_READ | PROT_WRITE);

	show_first_bytes("mapped", area);
	area[PAGE] = 'B';
	show_first_bytes("written", area);
	NEED(pread(file, &byte, 1, PAGE) == 1);
	SHOW(byte);
	NEED(mprotect(area, 2 * PAGE, PROT_READ) == 0);
	WRITING(area);
	WRITING(area + PAGE);
	area[2 * PAGE] = 'C';
	show_first_bytes("first two made read-only", area);
	CALL(madvise(area, PAGES * PAGE, MADV_DONTNEED));
	show_first_bytes("not needed", area);
	show_first_bytes("mapped again", map(PROT_READ));

	area = map(PROT_READ | PROT_WRITE);
	SHOW(area[0]);
	area[0] = 'A';
	NEED(ftruncate(file, PAGE) == 0);
	SHOW(area[0]);
	READING(area + PAGE);
	WRITING(area + 2 * PAGE);
	NEED(ftruncate(file, 0) == 0);
	READING(area);
	return 0;
}
