/* readv and writev: no pieces, too many, lengths that add up to too much, pieces that are not in memory, a short file. */
#include "files.h"
#include <sys/uio.h>

int main(void)
{
	static struct iovec pieces[1025];
	static char text[1025][2];

	enter_work_folder();
	make_file("file", "0123456789");
	int fd = open("file", O_RDWR), reader = open("file", O_RDONLY);

	for (int index = 0; index < 1025; index++)
		pieces[index] = (struct iovec){text[index], 1};
	CALL(readv(fd, pieces, 0));
	CALL(readv(fd, pieces, 1024));
	CALL(readv(fd, pieces, 1024));
	CALL(syscall(SYS_readv, fd, pieces, 1025));
	CALL(syscall(SYS_readv, fd, pieces, -1));
	CALL(writev(reader, pieces, 1));
	CALL(lseek(fd, 0, SEEK_SET));
	pieces[1].iov_len = 0;
	CALL(readv(fd, pieces, 3));
	pieces[1].iov_len = (size_t)-1;
	CALL(readv(fd, pieces, 3));
	pieces[0].iov_len = pieces[1].iov_len = SIZE_MAX / 2;
	CALL(readv(fd, pieces, 3));
	pieces[0].iov_len = 1;
	pieces[1] = (struct iovec){(void *)16, 1};
	CALL(writev(fd, pieces, 3));
	CALL(readv(fd, pieces, 2));
	pieces[0] = (struct iovec){(void *)16, 1};
	CALL(writev(fd, pieces, 1));
	CALL(readv(fd, pieces, 1));
	CALL(lseek(fd, 0, SEEK_CUR));
	CALL(syscall(SYS_readv, fd, 16, 1));
	CALL(readv(99, pieces, 1));
	remove_work_folder();
	return 0;
}
