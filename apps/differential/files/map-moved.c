/* mremap of mappings of files: grown over the end of the file, moved, moved in part, and a second mapping of the same pages. */
#include "differ.h"
#include <fcntl.h>

int main(void)
{
	char path[] = "/tmp/differ-XXXXXX";
	int file = mkstemp(path);

	NEED(file >= 0 && unlink(path) == 0 && ftruncate(file, 4 * PAGE) == 0);
	for (int page = 0; page < 4; page++)
		NEED(pwrite(file, &"abcd"[page], 1, page * (off_t)PAGE) == 1);
	char *room = mmap(NULL, 32 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	NEED(room != MAP_FAILED && munmap(room, 32 * PAGE) == 0);
	char *area = mmap(room, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file, PAGE);
	NEED(area == room);
	SHOW(area[0]);
	HOLDS(mremap(area, PAGE, 4 * PAGE, 0) == area);
	printf("%c%c%c\n", area[0], area[PAGE], area[2 * PAGE]);
	READING(area + 3 * PAGE);
	char *moved = mremap(area + PAGE, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, room + 16 * PAGE);
	HOLDS(moved == room + 16 * PAGE);
	printf("%c%c\n", moved[0], moved[PAGE]);
	READING(area + PAGE);
	READING(area + 3 * PAGE);
	area[1] = '1';
	moved[1] = '2';
	char bytes[2] = "";
	NEED(pread(file, bytes, 1, PAGE + 1) == 1 && pread(file, bytes + 1, 1, 2 * PAGE + 1) == 1);
	printf("%.2s\n", bytes);
	char *second = mremap(moved, 0, 2 * PAGE, MREMAP_MAYMOVE);
	MAP(second);
	if (second != MAP_FAILED) {
		second[2] = '3';
		SHOW(moved[2]);
		SHOW(second[PAGE]);
	}
	CALL(mremap(moved, 0, PAGE, 0) == MAP_FAILED ? -1 : 0);
	char *own = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
	NEED(own != MAP_FAILED);
	own[0] = 'O';
	CALL(mremap(own, 0, PAGE, MREMAP_MAYMOVE) == MAP_FAILED ? -1 : 0);
	own = mremap(own, 2 * PAGE, 3 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, room + 24 * PAGE);
	NEED(own == room + 24 * PAGE);
	printf("%c%c%c\n", own[0], own[PAGE], own[2 * PAGE]);
	HOLDS(mremap(own, 3 * PAGE, PAGE, 0) == own);
	READING(own + PAGE);
	return 0;
}
