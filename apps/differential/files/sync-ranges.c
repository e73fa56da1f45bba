/* sync_file_range, syncfs, fsync and msync: what they take and what they refuse. */
#include "files.h"

#define RANGE(fd, offset, bytes, flags) CALL(syscall(SYS_sync_file_range, fd, offset, bytes, flags))

int main(void)
{
	int pipes[2];

	enter_work_folder();
	make_file("file", "0123456789");
	int fd = open("file", O_RDWR), reader = open("file", O_RDONLY), folder = open(".", O_RDONLY), null = open("/dev/null", O_RDWR);

	NEED(pipe(pipes) == 0);
	RANGE(fd, 0L, 0L, 7);
	RANGE(fd, 0L, 10L, 0);
	RANGE(reader, 5L, 100L, 2);
	RANGE(fd, 0L, 10L, 8);
	RANGE(fd, -1L, 10L, 0);
	RANGE(fd, 0L, -1L, 0);
	RANGE(fd, LONG_MAX, 10L, 0);
	RANGE(folder, 0L, 0L, 0);
	RANGE(pipes[0], 0L, 0L, 0);
	RANGE(99, 0L, 0L, 0);
	CALL(syncfs(fd));
	CALL(syncfs(folder));
	CALL(syncfs(pipes[0]));
	CALL(syncfs(null));
	CALL(syncfs(99));
	CALL(fsync(reader));
	CALL(fsync(pipes[1]));
	CALL(fdatasync(null));
	CALL(fsync(99));
	sync();
	remove_work_folder();
	return 0;
}
