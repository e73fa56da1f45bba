/* ftruncate and truncate: shorter, longer with zeros, beyond the end by seeking. */
#include "differ.h"
#include <fcntl.h>
#include <sys/stat.h>

int main(void)
{
	char path[] = "/tmp/differ-XXXXXX", bytes[16];
	int file = mkstemp(path);

	NEED(file >= 0);
	CALL(write(file, "abcdefgh", 8));
	CALL(ftruncate(file, 3));
	CALL(lseek(file, 0, SEEK_END));
	CALL(ftruncate(file, 6));
	CALL(pread(file, bytes, 16, 0));
	SHOW(memcmp(bytes, "abc\0\0\0", 6));
	CALL(lseek(file, 100000, SEEK_SET));
	CALL(write(file, "z", 1));
	CALL(lseek(file, 0, SEEK_END));
	CALL(pread(file, bytes, 16, 99990));
	SHOW(bytes[9] + bytes[10]);
	CALL(ftruncate(file, -1));
	CALL(truncate(path, 2));
	CALL(lseek(file, 0, SEEK_END));
	CALL(truncate("/tmp/differ-none", 0));
	CALL(pwrite(file, "Q", 1, 1));
	CALL(pread(file, bytes, 16, 0));
	SHOW(bytes[1]);
	CALL(pread(file, bytes, 1, -1));
	CALL(unlink(path));
	return 0;
}
