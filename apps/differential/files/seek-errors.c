/* lseek: before the beginning, beyond all offsets, unknown kinds, folders, pipes, devices. */
#include "files.h"

int main(void)
{
	int pipes[2];

	enter_work_folder();
	make_file("file", "0123456789");
	int fd = open("file", O_RDWR), folder = open(".", O_RDONLY), null = open("/dev/null", O_RDWR), zero = open("/dev/zero", O_RDWR);

	NEED(pipe(pipes) == 0);
	CALL(lseek(fd, 5, SEEK_SET));
	CALL(lseek(fd, -6, SEEK_CUR));
	CALL(lseek(fd, -1, SEEK_SET));
	CALL(lseek(fd, -11, SEEK_END));
	CALL(lseek(fd, -10, SEEK_END));
	CALL(lseek(fd, 100, SEEK_END));
	CALL(lseek(fd, LLONG_MAX, SEEK_CUR));
	CALL(lseek(fd, 0, SEEK_CUR));
	CALL(lseek(fd, 0, 5));
	CALL(lseek(fd, 0, -1));
	CALL(lseek(fd, 10, SEEK_DATA));
	CALL(lseek(fd, 3, SEEK_HOLE));
	CALL(lseek(fd, 3, SEEK_DATA));
	CALL(lseek(fd, 10, SEEK_HOLE));
	CALL(lseek(fd, -3, SEEK_HOLE));
	CALL(lseek(folder, -1, SEEK_SET));
	CALL(lseek(pipes[0], 0, SEEK_CUR));
	CALL(lseek(pipes[0], 0, 99));
	CALL(lseek(null, 100, SEEK_SET));
	CALL(lseek(null, 0, SEEK_END));
	CALL(lseek(zero, 100, SEEK_SET));
	CALL(lseek(99, 0, SEEK_SET));
	remove_work_folder();
	return 0;
}
