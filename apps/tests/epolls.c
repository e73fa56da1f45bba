/*
 * epoll, timerfd and waits by one thread: levels, edges, one shot, instances that watch instances, deadlines.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>
#include "check.h"

#define REFUSED(call, wanted) \
	do { \
		errno = 0; \
		CHECK((call) == -1); \
		CHECK_EQ(errno, wanted); \
	} while (0)

static int watch(int epoll, int operation, int fd, uint32_t events)
{
	struct epoll_event event = {events, {.u64 = 0x100000000ull + (unsigned)fd}};

	return epoll_ctl(epoll, operation, fd, &event);
}

static void levels_and_edges(void)
{
	int epoll = epoll_create1(EPOLL_CLOEXEC), ends[2];
	struct epoll_event events[8];

	CHECK(epoll >= 0 && pipe2(ends, O_NONBLOCK) == 0);
	CHECK_EQ(watch(epoll, EPOLL_CTL_ADD, ends[0], EPOLLIN), 0);
	REFUSED(watch(epoll, EPOLL_CTL_ADD, ends[0], EPOLLIN), EEXIST);
	CHECK_EQ(epoll_wait(epoll, events, 8, 0), 0);
	CHECK_EQ(write(ends[1], "abc", 3), 3);
	CHECK_EQ(epoll_wait(epoll, events, 8, -1), 1);
	CHECK(events[0].events == EPOLLIN && events[0].data.u64 == 0x100000000ull + (unsigned)ends[0]);
	CHECK_EQ(epoll_wait(epoll, events, 8, 0), 1);
	CHECK_EQ(watch(epoll, EPOLL_CTL_MOD, ends[0], EPOLLIN | EPOLLET), 0);
	CHECK_EQ(epoll_wait(epoll, events, 8, 0), 1);
	CHECK_EQ(epoll_wait(epoll, events, 8, 0), 0);
	CHECK_EQ(write(ends[1], "d", 1), 1);
	CHECK_EQ(epoll_wait(epoll, events, 8, 0), 1);
	CHECK_EQ(watch(epoll, EPOLL_CTL_MOD, ends[0], EPOLLIN | EPOLLONESHOT), 0);
	CHECK_EQ(epoll_wait(epoll, events, 8, 0), 1);
	CHECK_EQ(write(ends[1], "e", 1), 1);
	CHECK_EQ(epoll_wait(epoll, events, 8, 0), 0);
	CHECK_EQ(watch(epoll, EPOLL_CTL_MOD, ends[0], EPOLLIN), 0);
	CHECK_EQ(epoll_wait(epoll, events, 8, 0), 1);
	close(ends[1]);
	CHECK_EQ(epoll_wait(epoll, events, 8, 0), 1);
	CHECK_EQ(events[0].events, EPOLLIN | EPOLLHUP);
	CHECK_EQ(watch(epoll, EPOLL_CTL_DEL, ends[0], 0), 0);
	REFUSED(watch(epoll, EPOLL_CTL_DEL, ends[0], 0), ENOENT);
	CHECK_EQ(watch(epoll, EPOLL_CTL_ADD, ends[0], EPOLLIN), 0);
	/* With its last descriptor a description leaves the instance. */
	close(ends[0]);
	CHECK_EQ(epoll_wait(epoll, events, 8, 0), 0);
	close(epoll);
}

static void refusals(void)
{
	int epoll = epoll_create(1), counter = eventfd(0, 0), file = open("/proc/self/stat", O_RDONLY);
	struct epoll_event event;

	REFUSED(syscall(SYS_epoll_create, 0), EINVAL);
	REFUSED(epoll_create1(1), EINVAL);
	REFUSED(watch(epoll, EPOLL_CTL_ADD, file, EPOLLIN), EPERM);
	REFUSED(watch(epoll, EPOLL_CTL_ADD, epoll, EPOLLIN), EINVAL);
	REFUSED(watch(counter, EPOLL_CTL_ADD, epoll, EPOLLIN), EINVAL);
	REFUSED(watch(epoll, EPOLL_CTL_ADD, 99, EPOLLIN), EBADF);
	REFUSED(watch(99, EPOLL_CTL_ADD, counter, EPOLLIN), EBADF);
	REFUSED(watch(epoll, 7, counter, EPOLLIN), EINVAL);
	REFUSED(epoll_wait(epoll, &event, 0, 0), EINVAL);
	REFUSED(epoll_wait(counter, &event, 1, 0), EINVAL);
	REFUSED(watch(epoll, EPOLL_CTL_MOD, counter, EPOLLIN), ENOENT);
	REFUSED(watch(epoll, EPOLL_CTL_ADD, counter, EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT), EINVAL);
	CHECK_EQ(watch(epoll, EPOLL_CTL_ADD, counter, EPOLLIN | EPOLLEXCLUSIVE), 0);
	REFUSED(watch(epoll, EPOLL_CTL_MOD, counter, EPOLLIN | EPOLLEXCLUSIVE), EINVAL);
	close(file);
	close(epoll);
	close(counter);
}

static void nested(void)
{
	int inner = epoll_create1(0), outer = epoll_create1(0), counter = eventfd(0, EFD_NONBLOCK);
	uint64_t one = 1;
	struct epoll_event event;
	struct pollfd polled = {outer, POLLIN, 0};

	CHECK_EQ(watch(inner, EPOLL_CTL_ADD, counter, EPOLLIN), 0);
	CHECK_EQ(watch(outer, EPOLL_CTL_ADD, inner, EPOLLIN), 0);
	REFUSED(watch(inner, EPOLL_CTL_ADD, outer, EPOLLIN), ELOOP);
	CHECK_EQ(poll(&polled, 1, 0), 0);
	CHECK_EQ(write(counter, &one, 8), 8);
	CHECK_EQ(poll(&polled, 1, -1), 1);
	CHECK(epoll_wait(outer, &event, 1, -1) == 1 && (int)event.data.u64 == inner);
	CHECK(epoll_wait(inner, &event, 1, -1) == 1 && (int)event.data.u64 == counter);
	CHECK_EQ(read(counter, &one, 8), 8);
	CHECK_EQ(epoll_wait(outer, &event, 1, 0), 0);
	close(inner);
	close(outer);
	close(counter);
}

static void many(void)
{
	static int fds[300];
	static struct epoll_event events[300];
	int epoll = epoll_create1(0);
	uint64_t one = 1;

	for (int i = 0; i < 300; i++) {
		fds[i] = eventfd(0, 0);
		if (watch(epoll, EPOLL_CTL_ADD, fds[i], EPOLLIN) != 0)
			CHECK(!"every counter can be watched");
	}
	CHECK_EQ(write(fds[7], &one, 8), 8);
	CHECK_EQ(write(fds[250], &one, 8), 8);
	CHECK_EQ(epoll_wait(epoll, events, 300, 0), 2);
	CHECK((int)events[0].data.u64 == fds[7] && (int)events[1].data.u64 == fds[250]);
	/* What stays ready takes turns. */
	CHECK(epoll_wait(epoll, events, 1, 0) == 1 && (int)events[0].data.u64 == fds[7]);
	CHECK(epoll_wait(epoll, events, 1, 0) == 1 && (int)events[0].data.u64 == fds[250]);
	close(epoll);
	for (int i = 0; i < 300; i++)
		close(fds[i]);
}

static void timers(void)
{
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK), epoll = epoll_create1(0);
	struct itimerspec set = {{0, 0}, {5000, 0}}, now, before;
	struct epoll_event event;
	struct timespec time;
	uint64_t count = 0;

	CHECK(fd >= 0);
	REFUSED(read(fd, &count, 8), EAGAIN);
	REFUSED(timerfd_create(99, 0), EINVAL);
	CHECK_EQ(timerfd_settime(fd, 0, &set, &before), 0);
	CHECK(before.it_value.tv_sec == 0 && before.it_value.tv_nsec == 0);
	CHECK_EQ(timerfd_gettime(fd, &now), 0);
	CHECK(now.it_value.tv_sec > 4900 && now.it_value.tv_sec <= 5000);
	set.it_value = (struct timespec){0, 20000000};
	CHECK_EQ(timerfd_settime(fd, 0, &set, NULL), 0);
	CHECK_EQ(watch(epoll, EPOLL_CTL_ADD, fd, EPOLLIN), 0);
	CHECK_EQ(epoll_wait(epoll, &event, 1, 5000), 1);
	CHECK(read(fd, &count, 8) == 8 && count == 1);
	REFUSED(read(fd, &count, 8), EAGAIN);
	set.it_interval.tv_nsec = 1000000;
	set.it_value.tv_nsec = 1;
	CHECK_EQ(timerfd_settime(fd, 0, &set, NULL), 0);
	CHECK_EQ(epoll_wait(epoll, &event, 1, 5000), 1);
	time = (struct timespec){0, 30000000};
	nanosleep(&time, NULL);
	CHECK(read(fd, &count, 8) == 8 && count >= 30);
	clock_gettime(CLOCK_MONOTONIC, &time);
	set = (struct itimerspec){{0, 0}, {time.tv_sec > 1 ? time.tv_sec - 1 : 0, 1}};
	CHECK_EQ(timerfd_settime(fd, TFD_TIMER_ABSTIME, &set, NULL), 0);
	CHECK(read(fd, &count, 8) == 8 && count == 1);
	set.it_value.tv_nsec = 1000000000;
	REFUSED(timerfd_settime(fd, 0, &set, NULL), EINVAL);
	REFUSED(timerfd_settime(epoll, 0, &now, NULL), EINVAL);
	close(fd);
	close(epoll);
}

int main(void)
{
	levels_and_edges();
	refusals();
	nested();
	many();
	timers();
	return check_done("epolls");
}
