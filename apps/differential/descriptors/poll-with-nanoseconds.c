/* epoll_pwait2, ppoll and pselect6 with times in nanoseconds: nothing waited for, the past, wrong times, what is ready at once. */
#include "differ.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>

static long wait2(int epoll, struct timespec *time)
{
	struct epoll_event event;

	return syscall(SYS_epoll_pwait2, epoll, &event, 1, time, NULL, 8);
}

int main(void)
{
	struct timespec zero = {0, 0}, short_time = {0, 1000}, negative = {-1, 0}, too_many = {0, 1000000000};
	int epoll = epoll_create1(0), pipes[2];
	struct epoll_event event = {.events = EPOLLIN};
	struct pollfd polled;
	fd_set set;

	NEED(pipe(pipes) == 0 && epoll_ctl(epoll, EPOLL_CTL_ADD, pipes[0], &event) == 0);
	CALL(wait2(epoll, &zero));
	CALL(wait2(epoll, &short_time));
	CALL(wait2(epoll, &negative));
	CALL(wait2(epoll, &too_many));
	CALL(syscall(SYS_epoll_pwait2, epoll, &event, 1, 16, NULL, 8));
	CALL(syscall(SYS_epoll_pwait2, epoll, &event, 0, NULL, NULL, 8));
	CALL(syscall(SYS_epoll_pwait2, 99, &event, 1, &zero, NULL, 8));
	polled = (struct pollfd){.fd = pipes[0], .events = POLLIN};
	CALL(syscall(SYS_ppoll, &polled, 1, &short_time, NULL, 8));
	CALL(syscall(SYS_ppoll, &polled, 1, &negative, NULL, 8));
	CALL(syscall(SYS_ppoll, &polled, 1, &too_many, NULL, 8));
	CALL(syscall(SYS_ppoll, NULL, 0, &zero, NULL, 8));
	CALL(syscall(SYS_ppoll, 16, 1, &zero, NULL, 8));
	FD_ZERO(&set);
	FD_SET(pipes[0], &set);
	CALL(syscall(SYS_pselect6, pipes[0] + 1, &set, NULL, NULL, &short_time, NULL));
	CALL(syscall(SYS_pselect6, pipes[0] + 1, &set, NULL, NULL, &negative, NULL));
	CALL(syscall(SYS_pselect6, -1, NULL, NULL, NULL, &zero, NULL));
	NEED(write(pipes[1], "x", 1) == 1);
	CALL(wait2(epoll, NULL));
	CALL(wait2(epoll, &zero));
	polled.revents = 0;
	CALL(syscall(SYS_ppoll, &polled, 1, NULL, NULL, 8));
	FD_ZERO(&set);
	FD_SET(pipes[0], &set);
	CALL(syscall(SYS_pselect6, pipes[0] + 1, &set, NULL, NULL, NULL, NULL));
	return 0;
}
