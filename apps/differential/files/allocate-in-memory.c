/* fallocate of a file in memory: room ahead of the data, with and without a new size, holes, and modes that do not go. */
#include "files.h"

static void show(int fd)
{
	struct stat status;

	NEED(fstat(fd, &status) == 0);
	printf("size %lld, blocks %lld\n", (long long)status.st_size, (long long)status.st_blocks);
}

int main(void)
{
	char text[8] = "";
	int pipes[2];

	enter_work_folder();
	int fd = memfd_create("file", 0), folder = open(".", O_RDONLY), reader = open("/proc/self/exe", O_RDONLY);

	NEED(fd >= 0 && pipe(pipes) == 0);
	CALL(fallocate(fd, 0, 0, 10000));
	show(fd);
	CALL(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 40960));
	show(fd);
	CALL(pwrite(fd, "abcdefgh", 8, 4092));
	CALL(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 4094, 4));
	CALL(pread(fd, text, 8, 4092));
	for (int index = 0; index < 8; index++)
		putchar(text[index] ? text[index] : '.');
	putchar('\n');
	show(fd);
	CALL(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 100000));
	show(fd);
	CALL(fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, 1));
	CALL(fallocate(fd, 0, 0, 0));
	CALL(fallocate(fd, 0, -1, 1));
	CALL(fallocate(fd, 0, 0, -1));
	CALL(fallocate(fd, 0, LLONG_MAX, 10));
	CALL(fallocate(fd, 0x8000, 0, 1));
	CALL(fallocate(fd, 0x20 | 0x08, 0, 4096));
	CALL(fallocate(folder, 0, 0, 1));
	CALL(fallocate(reader, 0, 0, 1));
	CALL(fallocate(pipes[1], 0, 0, 1));
	CALL(fallocate(99, 0, 0, 1));
	CALL(posix_fallocate(fd, 0, 5000));
	show(fd);
	remove_work_folder();
	return 0;
}
