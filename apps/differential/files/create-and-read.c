/* A file in /tmp: created, written, read back, sought in, its size and times told. */
#include "differ.h"
#include <fcntl.h>
#include <sys/stat.h>

int main(void)
{
	char path[] = "/tmp/differ-XXXXXX", bytes[32] = "";
	struct stat status;
	int file = mkstemp(path);

	SHOW(file);
	CALL(write(file, "hello, world", 12));
	CALL(lseek(file, 0, SEEK_SET));
	CALL(read(file, bytes, 5));
	puts(bytes);
	CALL(read(file, bytes, 31));
	puts(bytes);
	CALL(read(file, bytes, 31));
	CALL(lseek(file, -5, SEEK_END));
	CALL(lseek(file, 3, SEEK_CUR));
	CALL(lseek(file, -100, SEEK_CUR));
	CALL(lseek(file, 0, 77));
	CALL(fstat(file, &status));
	SHOW(status.st_size);
	HOLDS(S_ISREG(status.st_mode));
	SHOW(status.st_mode & 0777);
	SHOW(status.st_nlink);
	HOLDS(llabs((long long)status.st_mtime - (long long)time(NULL)) < 100);
	CALL(unlink(path));
	CALL(fstat(file, &status));
	SHOW(status.st_nlink);
	CALL(open(path, O_RDONLY));
	CALL(lseek(file, 0, SEEK_SET));
	CALL(read(file, bytes, 12));
	return 0;
}
