/* dup, dup2, dup3 and F_DUPFD: which number, what is shared, what is refused. */
#include "differ.h"
#include <fcntl.h>

int main(void)
{
	char byte = 0;
	int ends[2];

	NEED(pipe(ends) == 0);
	CALL(dup(ends[1]));
	CALL(dup2(ends[1], 20));
	CALL(dup2(ends[1], ends[1]));
	CALL(dup2(77, 21));
	CALL(dup2(77, 77));
	CALL(dup2(ends[1], -1));
	CALL(syscall(SYS_dup3, ends[1], ends[1], 0));
	CALL(syscall(SYS_dup3, ends[1], 22, O_CLOEXEC));
	CALL(syscall(SYS_dup3, ends[1], 23, 1));
	CALL(fcntl(22, F_GETFD));
	CALL(fcntl(20, F_GETFD));
	CALL(fcntl(ends[1], F_DUPFD, 10));
	CALL(fcntl(ends[1], F_DUPFD_CLOEXEC, 10));
	CALL(fcntl(11, F_GETFD));
	CALL(fcntl(ends[1], F_DUPFD, 1 << 30));
	CALL(write(20, "z", 1));
	CALL(read(ends[0], &byte, 1));
	CALL(close(20));
	CALL(write(22, "y", 1));
	CALL(fcntl(ends[1], F_SETFL, O_NONBLOCK));
	SHOW(fcntl(22, F_GETFL) & O_NONBLOCK);
	CALL(fcntl(22, F_SETFD, 0));
	CALL(fcntl(22, F_GETFD));
	return 0;
}
