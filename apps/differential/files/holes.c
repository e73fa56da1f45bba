/* SEEK_DATA and SEEK_HOLE in a file in memory with two islands of data; a hole reads as zeros and takes no room. */
#include "files.h"

int main(void)
{
	struct stat status;
	char text[8];

	int fd = memfd_create("holes", 0);

	NEED(fd >= 0 && ftruncate(fd, 100 * 4096) == 0);
	CALL(lseek(fd, 0, SEEK_DATA));
	CALL(lseek(fd, 0, SEEK_HOLE));
	CALL(pwrite(fd, "a", 1, 10 * 4096 + 5));
	CALL(pwrite(fd, "b", 1, 50 * 4096));
	CALL(lseek(fd, 0, SEEK_DATA));
	CALL(lseek(fd, 10 * 4096 + 100, SEEK_DATA));
	CALL(lseek(fd, 10 * 4096, SEEK_HOLE));
	CALL(lseek(fd, 11 * 4096, SEEK_DATA));
	CALL(lseek(fd, 11 * 4096, SEEK_HOLE));
	CALL(lseek(fd, 51 * 4096, SEEK_DATA));
	CALL(lseek(fd, 51 * 4096, SEEK_HOLE));
	CALL(lseek(fd, 100 * 4096, SEEK_HOLE));
	CALL(lseek(fd, -1, SEEK_DATA));
	CALL(lseek(fd, 0, SEEK_CUR));
	CALL(fstat(fd, &status));
	SHOW(status.st_blocks);
	CALL(pread(fd, text, 4, 30 * 4096));
	HOLDS(memcmp(text, "\0\0\0\0", 4) == 0);
	CALL(fstat(fd, &status));
	SHOW(status.st_blocks);
	CALL(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 10 * 4096, 4096));
	CALL(lseek(fd, 0, SEEK_DATA));
	CALL(fstat(fd, &status));
	SHOW(status.st_blocks);
	CALL(ftruncate(fd, 20 * 4096));
	CALL(lseek(fd, 0, SEEK_DATA));
	return 0;
}
