/* Pairs of local sockets, locks of files and mappings of them, by one process. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include "check.h"

#define REFUSED(call, wanted) \
	do { \
		errno = 0; \
		CHECK((call) == -1); \
		CHECK_EQ(errno, wanted); \
	} while (0)

static char text[300000];

static int ready(int fd, int events)
{
	struct pollfd one = {fd, (short)events, 0};

	return poll(&one, 1, 0) < 0 ? -1 : one.revents;
}

static void stream(void)
{
	int s[2], waiting = 0, type = 0;
	socklen_t length = sizeof type;

	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, s), 0);
	CHECK_EQ(ready(s[0], POLLIN | POLLOUT), POLLOUT);
	REFUSED(read(s[0], text, 1), EAGAIN);
	CHECK_EQ(write(s[0], "one", 3), 3);
	CHECK_EQ(write(s[0], "two", 3), 3);
	CHECK(ioctl(s[1], FIONREAD, &waiting) == 0 && waiting == 6);
	CHECK(recv(s[1], text, 4, MSG_PEEK) >= 3 && memcmp(text, "one", 3) == 0);
	CHECK(read(s[1], text, 100) == 6 && memcmp(text, "onetwo", 6) == 0);
	CHECK_EQ(send(s[1], "back", 4, 0), 4);
	CHECK(recv(s[0], text, 2, 0) == 2 && recv(s[0], text, 9, 0) == 2 && memcmp(text, "ck", 2) == 0);
	CHECK(getsockopt(s[0], SOL_SOCKET, SO_TYPE, &type, &length) == 0 && type == SOCK_STREAM && length == 4);
	CHECK(write(s[0], text, sizeof text) > 0);
	REFUSED(write(s[0], text, sizeof text), EAGAIN);
	CHECK_EQ(ready(s[0], POLLOUT), 0);
	while (read(s[1], text, sizeof text) > 0)
		;
	CHECK_EQ(ready(s[0], POLLOUT), POLLOUT);
	CHECK_EQ(shutdown(s[0], SHUT_WR), 0);
	CHECK_EQ(ready(s[1], POLLIN | POLLRDHUP), POLLIN | POLLRDHUP);
	CHECK_EQ(read(s[1], text, 1), 0);
	signal(SIGPIPE, SIG_IGN);
	REFUSED(write(s[0], "x", 1), EPIPE);
	CHECK_EQ(write(s[1], "still", 5), 5);
	close(s[1]);
	CHECK_EQ(read(s[0], text, 9), 5);
	CHECK_EQ(read(s[0], text, 9), 0);
	REFUSED(send(s[0], "x", 1, MSG_NOSIGNAL), EPIPE);
	close(s[0]);
}

static void messages(int type)
{
	int s[2];

	CHECK_EQ(socketpair(AF_UNIX, type | SOCK_NONBLOCK, 0, s), 0);
	CHECK_EQ(write(s[0], "first", 5), 5);
	CHECK_EQ(write(s[0], "second", 6), 6);
	CHECK_EQ(read(s[1], text, 2), 2);
	CHECK(read(s[1], text, 100) == 6 && memcmp(text, "second", 6) == 0);
	REFUSED(read(s[1], text, 100), EAGAIN);
	REFUSED(write(s[0], text, sizeof text), EMSGSIZE);
	close(s[0]);
	close(s[1]);
}

static void refusals(void)
{
	int s[2], ends[2];

	REFUSED(socketpair(AF_UNIX, 99, 0, s), EINVAL);
	CHECK_EQ(pipe(ends), 0);
	REFUSED(send(ends[1], "x", 1, 0), ENOTSOCK);
	REFUSED(shutdown(999, 0), EBADF);
	close(ends[0]);
	close(ends[1]);
}

static void locks(void)
{
	int first = open("/tmp/lock", O_CREAT | O_RDWR, 0600), second = open("/tmp/lock", O_RDWR);
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	CHECK_EQ(flock(first, LOCK_SH), 0);
	CHECK_EQ(flock(second, LOCK_SH | LOCK_NB), 0);
	REFUSED(flock(second, LOCK_EX | LOCK_NB), EWOULDBLOCK);
	close(first);
	CHECK_EQ(flock(second, LOCK_EX | LOCK_NB), 0);
	first = open("/tmp/lock", O_RDONLY);
	REFUSED(flock(first, LOCK_SH | LOCK_NB), EWOULDBLOCK);
	CHECK_EQ(flock(second, LOCK_UN), 0);
	CHECK_EQ(flock(first, LOCK_SH | LOCK_NB), 0);
	CHECK_EQ(fcntl(second, F_SETLK, &lock), 0);
	CHECK(fcntl(second, F_GETLK, &lock) == 0 && lock.l_type == F_UNLCK);
	lock.l_type = F_WRLCK;
	REFUSED(fcntl(first, F_SETLK, &lock), EBADF);
	close(first);
	close(second);
	unlink("/tmp/lock");
}

static void mappings(void)
{
	int fd = open("/tmp/mapped", O_CREAT | O_RDWR, 0600), only = open("/tmp/mapped", O_RDONLY);

	memset(text, 'a', 10000);
	CHECK_EQ(write(fd, text, 10000), 10000);
	char *shared = mmap(NULL, 12288, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	char *private = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, only, 4096);
	if (!CHECK(shared != MAP_FAILED && private != MAP_FAILED))
		return;
	CHECK(shared[0] == 'a' && shared[9999] == 'a' && shared[10000] == 0 && private[0] == 'a');
	shared[5000] = 'b';
	CHECK(pread(fd, text, 1, 5000) == 1 && text[0] == 'b');
	CHECK_EQ(pwrite(fd, "c", 1, 9000), 1);
	CHECK_EQ(shared[9000], 'c');
	private[100] = 'd';
	CHECK(pread(fd, text, 1, 4196) == 1 && text[0] == 'a');
	CHECK(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, only, 0) == MAP_FAILED && errno == EACCES);
	CHECK_EQ(munmap(shared, 12288), 0);
	CHECK_EQ(munmap(private, 8192), 0);
	close(fd);
	close(only);
	unlink("/tmp/mapped");
}

int main(void)
{
	stream();
	messages(SOCK_SEQPACKET);
	messages(SOCK_DGRAM);
	refusals();
	locks();
	mappings();
	return check_done("local-sockets");
}
