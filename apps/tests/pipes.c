/*
 * Pipes and event counters by one thread: what they hold, when they are ready, what the ends of a pipe tell each other, and the
 * answers of calls that cannot go on.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
#include "check.h"

static char block[65536 * 2];

static int ready(int fd, int events)
{
	struct pollfd one = {fd, (short)events, 0};

	return poll(&one, 1, 0) < 0 ? -1 : one.revents;
}

static void capacity(void)
{
	int ends[2];
	int waiting = -1;

	CHECK_EQ(pipe2(ends, O_NONBLOCK), 0);
	CHECK_EQ(fcntl(ends[0], F_GETPIPE_SZ), 65536);
	CHECK_EQ(ready(ends[0], POLLIN), 0);
	CHECK_EQ(ready(ends[1], POLLOUT), POLLOUT);
	errno = 0;
	CHECK(read(ends[0], block, 1) == -1 && errno == EAGAIN);
	for (unsigned i = 0; i < sizeof block; i++)
		block[i] = (char)(i * 7 + i / 256);
	CHECK_EQ(write(ends[1], block, sizeof block), 65536);
	CHECK_EQ(ioctl(ends[0], FIONREAD, &waiting), 0);
	CHECK_EQ(waiting, 65536);
	errno = 0;
	CHECK(write(ends[1], block, 1) == -1 && errno == EAGAIN);
	CHECK_EQ(ready(ends[1], POLLOUT), 0);
	/* A page that is not empty is not free yet. */
	static char out[65536];
	CHECK_EQ(read(ends[0], out, 4095), 4095);
	CHECK_EQ(ready(ends[1], POLLOUT), 0);
	errno = 0;
	CHECK(write(ends[1], block, 1) == -1 && errno == EAGAIN);
	CHECK_EQ(read(ends[0], out + 4095, 1), 1);
	CHECK_EQ(ready(ends[1], POLLOUT), POLLOUT);
	CHECK_EQ(read(ends[0], out + 4096, sizeof out - 4096), 65536 - 4096);
	CHECK_EQ(memcmp(out, block, 65536), 0);
	CHECK_EQ(fcntl(ends[1], F_SETPIPE_SZ, 0), 4096);
	CHECK_EQ(fcntl(ends[1], F_SETPIPE_SZ, 5000), 8192);
	CHECK_EQ(write(ends[1], block, 10000), 8192);
	errno = 0;
	CHECK(fcntl(ends[1], F_SETPIPE_SZ, 4096) == -1 && errno == EBUSY);
	close(ends[0]);
	close(ends[1]);
}

static void small_writes_merge(void)
{
	int ends[2];
	struct iovec parts[3] = {{"one ", 4}, {"", 0}, {"two", 3}};

	CHECK_EQ(pipe(ends), 0);
	for (int i = 0; i < 16384; i++)
		if (write(ends[1], "abcd", 4) != 4)
			CHECK(!"a small write is whole");
	CHECK_EQ(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
	errno = 0;
	CHECK(write(ends[1], "e", 1) == -1 && errno == EAGAIN);
	CHECK_EQ(read(ends[0], block, sizeof block), 65536);
	CHECK_EQ(memcmp(block, "abcdabcd", 8), 0);
	CHECK_EQ(writev(ends[1], parts, 3), 7);
	parts[0].iov_base = block;
	parts[2].iov_base = block + 100;
	CHECK_EQ(readv(ends[0], parts, 3), 7);
	CHECK(memcmp(block, "one ", 4) == 0 && memcmp(block + 100, "two", 3) == 0);
	close(ends[0]);
	close(ends[1]);
}

static void ends_go_away(void)
{
	int ends[2];

	signal(SIGPIPE, SIG_IGN);
	CHECK_EQ(pipe(ends), 0);
	CHECK_EQ(write(ends[1], "x", 1), 1);
	close(ends[1]);
	CHECK_EQ(ready(ends[0], POLLIN), POLLIN | POLLHUP);
	CHECK_EQ(read(ends[0], block, 10), 1);
	CHECK_EQ(ready(ends[0], POLLIN), POLLHUP);
	CHECK_EQ(read(ends[0], block, 10), 0);
	close(ends[0]);
	CHECK_EQ(pipe(ends), 0);
	close(ends[0]);
	CHECK_EQ(ready(ends[1], POLLOUT), POLLOUT | POLLERR);
	errno = 0;
	CHECK(write(ends[1], "x", 1) == -1 && errno == EPIPE);
	CHECK_EQ(write(ends[1], "x", 0), 0);
	close(ends[1]);
}

static void packets(void)
{
	int ends[2];

	CHECK_EQ(pipe2(ends, O_DIRECT | O_NONBLOCK), 0);
	CHECK_EQ(write(ends[1], "first", 5), 5);
	CHECK_EQ(write(ends[1], "second", 6), 6);
	CHECK_EQ(read(ends[0], block, 3), 3);
	CHECK_EQ(read(ends[0], block, 100), 6);
	CHECK_EQ(memcmp(block, "second", 6), 0);
	close(ends[0]);
	close(ends[1]);
}

static void refusals(void)
{
	int ends[2];
	struct stat status;

	errno = 0;
	CHECK(pipe2(ends, 0x7) == -1 && errno == EINVAL);
	errno = 0;
	CHECK(syscall(SYS_pipe2, (int *)8, 0) == -1 && errno == EFAULT);
	CHECK_EQ(pipe2(ends, O_CLOEXEC), 0);
	CHECK_EQ(fcntl(ends[0], F_GETFD), FD_CLOEXEC);
	CHECK_EQ(fcntl(ends[0], F_GETFL), O_RDONLY);
	CHECK_EQ(fcntl(ends[1], F_GETFL), O_WRONLY);
	errno = 0;
	CHECK(read(ends[1], block, 1) == -1 && errno == EBADF);
	errno = 0;
	CHECK(write(ends[0], block, 1) == -1 && errno == EBADF);
	errno = 0;
	CHECK(lseek(ends[0], 0, SEEK_CUR) == -1 && errno == ESPIPE);
	errno = 0;
	CHECK(pread(ends[0], block, 1, 0) == -1 && errno == ESPIPE);
	errno = 0;
	CHECK(lseek(ends[0], 0, 77) == -1 && errno == EINVAL);
	CHECK_EQ(fstat(ends[0], &status), 0);
	CHECK_EQ(status.st_mode, S_IFIFO | 0600);
	CHECK_EQ(status.st_size, 0);
	close(ends[0]);
	close(ends[1]);
	errno = 0;
	CHECK(close(ends[1]) == -1 && errno == EBADF);
}

static void numbers(void)
{
	int ends[2];
	struct rlimit limit;

	CHECK_EQ(pipe(ends), 0);
	CHECK_EQ(dup(ends[0]), ends[1] + 1);
	CHECK_EQ(fcntl(ends[0], F_DUPFD, 600), 600);
	CHECK_EQ(fcntl(ends[0], F_DUPFD_CLOEXEC, 600), 601);
	CHECK_EQ(fcntl(601, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(dup2(ends[1], 700), 700);
	CHECK_EQ(dup2(700, 700), 700);
	errno = 0;
	CHECK(dup3(700, 700, 0) == -1 && errno == EINVAL);
	errno = 0;
	CHECK(dup2(99, 700) == -1 && errno == EBADF);
	CHECK_EQ(write(700, "hello", 5), 5);
	CHECK_EQ(read(600, block, 9), 5);
	CHECK_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
	errno = 0;
	CHECK(fcntl(ends[0], F_DUPFD, limit.rlim_cur) == -1 && errno == EINVAL);
	errno = 0;
	CHECK(dup2(ends[0], (int)limit.rlim_cur) == -1 && errno == EBADF);
	limit.rlim_cur = 20;
	CHECK_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
	int last = -1;
	for (int fd = dup(ends[0]); fd >= 0; fd = dup(ends[0]))
		last = fd;
	CHECK(errno == EMFILE && last == 19);
	CHECK_EQ(syscall(SYS_close_range, 5, 650, 4), 0);
	CHECK_EQ(fcntl(19, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(syscall(SYS_close_range, 5, ~0u, 0), 0);
	errno = 0;
	CHECK(fcntl(600, F_GETFD) == -1 && errno == EBADF);
	close(ends[0]);
	close(ends[1]);
}

static void counters(void)
{
	uint64_t value = 0;
	int fd = eventfd(3, EFD_NONBLOCK);

	CHECK(fd >= 0);
	CHECK_EQ(ready(fd, POLLIN | POLLOUT), POLLIN | POLLOUT);
	CHECK_EQ(read(fd, &value, 8), 8);
	CHECK_EQ(value, 3);
	CHECK_EQ(ready(fd, POLLIN | POLLOUT), POLLOUT);
	errno = 0;
	CHECK(read(fd, &value, 8) == -1 && errno == EAGAIN);
	errno = 0;
	CHECK(read(fd, &value, 7) == -1 && errno == EINVAL);
	value = 0xfffffffffffffffe;
	CHECK_EQ(write(fd, &value, 8), 8);
	CHECK_EQ(ready(fd, POLLIN | POLLOUT), POLLIN);
	value = 1;
	errno = 0;
	CHECK(write(fd, &value, 8) == -1 && errno == EAGAIN);
	value = ~0ull;
	errno = 0;
	CHECK(write(fd, &value, 8) == -1 && errno == EINVAL);
	close(fd);
	fd = eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK);
	CHECK(read(fd, &value, 8) == 8 && value == 1);
	CHECK(read(fd, &value, 8) == 8 && value == 1);
	CHECK_EQ(read(fd, &value, 8), -1);
	close(fd);
	errno = 0;
	CHECK(eventfd(0, 0x100) == -1 && errno == EINVAL);
}

static void selects(void)
{
	int ends[2];
	fd_set reads, writes;
	struct timeval soon = {0, 1000};

	CHECK_EQ(pipe(ends), 0);
	FD_ZERO(&reads);
	FD_ZERO(&writes);
	FD_SET(ends[0], &reads);
	FD_SET(ends[1], &writes);
	CHECK_EQ(select(ends[1] + 1, &reads, &writes, NULL, NULL), 1);
	CHECK(!FD_ISSET(ends[0], &reads) && FD_ISSET(ends[1], &writes));
	FD_SET(ends[0], &reads);
	/* musl hands the system call a copy of the time. */
	CHECK_EQ(syscall(SYS_select, ends[1] + 1, &reads, NULL, NULL, &soon), 0);
	CHECK(!FD_ISSET(ends[0], &reads) && soon.tv_sec == 0 && soon.tv_usec == 0);
	CHECK_EQ(write(ends[1], "x", 1), 1);
	FD_SET(ends[0], &reads);
	FD_SET(ends[1], &writes);
	CHECK_EQ(select(1024, &reads, &writes, NULL, NULL), 2);
	close(ends[0]);
	errno = 0;
	CHECK(select(ends[1] + 1, &reads, NULL, NULL, NULL) == -1 && errno == EBADF);
	close(ends[1]);
}

int main(void)
{
	capacity();
	small_writes_merge();
	ends_go_away();
	packets();
	refusals();
	numbers();
	counters();
	selects();
	return check_done("pipes");
}
