/* What duplicates of a descriptor share and what each has for itself: position and status flags, close-on-exec, a second open nothing. */
#include "files.h"

int main(void)
{
	char text[8];

	enter_work_folder();
	make_file("file", "0123456789");
	int fd = open("file", O_RDWR), copy = dup(fd), own = open("file", O_RDWR), high = fcntl(fd, F_DUPFD, 100), closing = fcntl(fd, F_DUPFD_CLOEXEC, 100);

	SHOW(high);
	SHOW(closing);
	CALL(fcntl(high, F_GETFD));
	CALL(fcntl(closing, F_GETFD));
	CALL(read(fd, text, 3));
	CALL(lseek(copy, 0, SEEK_CUR));
	CALL(lseek(own, 0, SEEK_CUR));
	CALL(lseek(high, 1, SEEK_SET));
	CALL(lseek(fd, 0, SEEK_CUR));
	CALL(fcntl(copy, F_SETFL, O_APPEND));
	HOLDS((fcntl(fd, F_GETFL) & O_APPEND) != 0);
	HOLDS((fcntl(own, F_GETFL) & O_APPEND) == 0);
	CALL(fcntl(fd, F_SETFD, FD_CLOEXEC));
	CALL(fcntl(copy, F_GETFD));
	CALL(dup2(fd, 50));
	CALL(fcntl(50, F_GETFD));
	CALL(dup3(fd, 51, O_CLOEXEC));
	CALL(fcntl(51, F_GETFD));
	CALL(dup3(fd, fd, 0));
	CALL(dup3(fd, 52, O_APPEND));
	CALL(dup2(fd, fd));
	CALL(dup2(99, 99));
	CALL(dup2(99, 53));
	CALL(close(fd));
	CALL(read(copy, text, 1));
	CALL(fcntl(copy, F_DUPFD, -1));
	CALL(fcntl(copy, F_DUPFD, 1 << 30));
	remove_work_folder();
	return 0;
}
