/* remap_file_pages: other pages of the file at a place of a shared mapping, which others see; what it refuses. */
#include "differ.h"
#include <fcntl.h>

static char *map;

static void show(const char *when)
{
	printf("%s:", when);
	for (int i = 0; i < 4; i++)
		printf(" %c", map[i * PAGE]);
	putchar('\n');
}

static long remap(char *start, size_t bytes, long page)
{
	return syscall(SYS_remap_file_pages, start, bytes, 0, page, 0);
}

int main(void)
{
	int fd = memfd_create("pages", 0);
	char byte, *other;

	NEED(fd >= 0 && ftruncate(fd, 4 * PAGE) == 0);
	for (int i = 0; i < 4; i++)
		NEED(pwrite(fd, &"abcd"[i], 1, i * PAGE) == 1);
	NEED((map = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)) != MAP_FAILED);
	show("as mapped");
	CALL(remap(map, PAGE, 3));
	CALL(remap(map + 2 * PAGE, 2 * PAGE, 0));
	show("in another order");
	map[0] = 'D';
	NEED(pread(fd, &byte, 1, 3 * PAGE) == 1);
	printf("the file has %c\n", byte);
	CALL(remap(map, 4 * PAGE, 0));
	show("in order again");
	CALL(remap(map + PAGE + 5, PAGE + 7, 0));
	show("from within a page");
	CALL(remap(map, 0, 0));
	CALL(remap(map, PAGE, -1));
	CALL(syscall(SYS_remap_file_pages, map, PAGE, PROT_READ, 0, 0));
	NEED(mprotect(map + 3 * PAGE, PAGE, PROT_READ) == 0);
	CALL(remap(map + 2 * PAGE, 2 * PAGE, 0));
	NEED(munmap(map + 3 * PAGE, PAGE) == 0);
	CALL(remap(map + 2 * PAGE, 2 * PAGE, 0));
	CALL(remap(map + 3 * PAGE, PAGE, 0));
	NEED((other = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0)) != MAP_FAILED);
	CALL(remap(other, PAGE, 1));
	NEED((other = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) != MAP_FAILED);
	other[PAGE] = 'z';
	CALL(remap(other, PAGE, 1));
	printf("%c\n", other[0]);
	return 0;
}
