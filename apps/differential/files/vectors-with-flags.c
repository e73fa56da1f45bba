/* preadv2 and pwritev2: positions, RWF flags that change nothing here, and those that nothing knows. */
#include "files.h"
#include <sys/uio.h>

#define RWF_HIPRI_ 1
#define RWF_DSYNC_ 2
#define RWF_SYNC_ 4
#define RWF_APPEND_ 16

static long read_at(int fd, off_t offset, int flags, size_t bytes)
{
	static char text[16];
	struct iovec piece = {text, bytes};

	return syscall(SYS_preadv2, fd, &piece, 1, offset, 0, flags);
}

static long write_at(int fd, const char *text, off_t offset, int flags)
{
	struct iovec piece = {(char *)text, strlen(text)};

	return syscall(SYS_pwritev2, fd, &piece, 1, offset, 0, flags);
}

int main(void)
{
	char text[32] = "";
	int pipes[2];

	enter_work_folder();
	make_file("file", "0123456789");
	int fd = open("file", O_RDWR);

	NEED(pipe(pipes) == 0);
	CALL(read_at(fd, 2, 0, 3));
	CALL(lseek(fd, 0, SEEK_CUR));
	CALL(read_at(fd, -1, 0, 3));
	CALL(lseek(fd, 0, SEEK_CUR));
	CALL(read_at(fd, -2, 0, 3));
	CALL(write_at(fd, "ab", 0, RWF_DSYNC_));
	CALL(write_at(fd, "cd", -1, RWF_SYNC_));
	CALL(lseek(fd, 0, SEEK_CUR));
	CALL(write_at(fd, "end", 0, RWF_APPEND_));
	CALL(lseek(fd, 0, SEEK_CUR));
	CALL(write_at(fd, "more", -1, RWF_APPEND_));
	CALL(lseek(fd, 0, SEEK_CUR));
	CALL(pread(fd, text, sizeof text, 0));
	printf("%.20s\n", text);
	CALL(read_at(fd, 0, 0x1000, 3));
	CALL(write_at(fd, "x", 0, 0x1000));
	CALL(write_at(pipes[1], "pipe", -1, 0));
	CALL(write_at(pipes[1], "pipe", 0, 0));
	CALL(read_at(pipes[0], -1, 0, 4));
	CALL(read_at(pipes[0], 0, 0, 4));
	CALL(read_at(99, 0, 0, 3));
	CALL(syscall(SYS_preadv2, fd, 16, 1, 0, 0, 0));
	CALL(syscall(SYS_preadv2, fd, NULL, 0, 0, 0, 0));
	CALL(syscall(SYS_preadv, fd, NULL, 0, -1, 0));
	remove_work_folder();
	return 0;
}
