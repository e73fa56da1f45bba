/* Calls on descriptors that are not open. */
#include "differ.h"
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>

int main(void)
{
	struct stat status;
	struct iovec part = {.iov_base = &status, .iov_len = 1};
	int value;

	CALL(read(99, &value, 1));
	CALL(write(-1, &value, 1));
	CALL(readv(99, &part, 1));
	CALL(pread(99, &value, 1, 0));
	CALL(lseek(99, 0, SEEK_SET));
	CALL(fstat(99, &status));
	CALL(fcntl(99, F_GETFL));
	CALL(ioctl(99, FIONREAD, &value));
	CALL(ftruncate(99, 0));
	CALL(fsync(99));
	CALL(dup(99));
	CALL(close(99));
	CALL(close(-1));
	CALL(fchdir(99));
	struct pollfd polled = {.fd = 99, .events = POLLIN};
	CALL(poll(&polled, 1, 0));
	HOLDS(polled.revents == POLLNVAL);
	return 0;
}
