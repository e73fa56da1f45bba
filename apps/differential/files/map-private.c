/* A private mapping sees writes to the file until it writes to the page itself; what it writes stays its own. */
#include "differ.h"
#include <fcntl.h>

static char bytes[8];

static const char *at(int file, off_t offset)
{
	NEED(pread(file, bytes, 3, offset) == 3);
	return bytes;
}

int main(void)
{
	char path[] = "/tmp/differ-XXXXXX";
	int file = mkstemp(path), reader = open(path, O_RDONLY);

	NEED(file >= 0 && reader >= 0 && unlink(path) == 0 && ftruncate(file, 3 * PAGE) == 0);
	for (int page = 0; page < 3; page++)
		NEED(pwrite(file, "abc", 3, page * (off_t)PAGE) == 3);
	char *own = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, reader, 0);
	char *other = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
	NEED(own != MAP_FAILED && other != MAP_FAILED);
	printf("%.3s\n", own);
	NEED(pwrite(file, "X", 1, 0) == 1);
	printf("read, then changed in the file: %.3s %.3s\n", own, other);
	own[1] = 'o';
	NEED(pwrite(file, "YY", 2, 0) == 2);
	printf("written, then changed in the file: %.3s %.3s %s\n", own, other, at(file, 0));
	/* The first access to the second page is a write. */
	own[PAGE + 2] = 'P';
	NEED(pwrite(file, "ZZZ", 3, PAGE) == 3);
	printf("%.3s %.3s %s\n", own + PAGE, other + PAGE, at(file, PAGE));
	NEED(madvise(own, 3 * PAGE, MADV_DONTNEED) == 0);
	printf("dropped: %.3s %.3s\n", own, own + PAGE);
	/* Read through a system call, written by one. */
	NEED(pwrite(file, own + 2 * PAGE, 3, 2 * PAGE + 100) == 3);
	NEED(pread(file, own + 2 * PAGE, 3, 0) == 3);
	printf("%.3s %.3s %s\n", own + 2 * PAGE, own + 2 * PAGE + 100, at(file, 2 * PAGE));
	SHOW(close(file) + close(reader));
	printf("%.3s %.3s\n", own, other + PAGE);
	CALL(munmap(own, 3 * PAGE));
	CALL(munmap(other, 3 * PAGE));
	return 0;
}
