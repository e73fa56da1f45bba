/* timerfd and signalfd in an epoll set; epoll_pwait with a mask. */
#include "differ.h"
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

static volatile sig_atomic_t count;

static void handler(int number)
{
	(void)number;
	count++;
}

int main(void)
{
	struct itimerspec once = {.it_value.tv_nsec = 5000000};
	struct epoll_event seen[4];
	sigset_t blocked, none;

	sigemptyset(&none);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	sigaddset(&blocked, SIGUSR2);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	signal(SIGUSR2, handler);
	sigdelset(&blocked, SIGUSR2);
	int set = epoll_create1(0), timer = timerfd_create(CLOCK_MONOTONIC, 0), signals = signalfd(-1, &blocked, 0);
	NEED(epoll_ctl(set, EPOLL_CTL_ADD, timer, &(struct epoll_event){.events = EPOLLIN, .data.u32 = 1}) == 0);
	NEED(epoll_ctl(set, EPOLL_CTL_ADD, signals, &(struct epoll_event){.events = EPOLLIN, .data.u32 = 2}) == 0);
	CALL(epoll_wait(set, seen, 4, 0));
	raise(SIGUSR1);
	CALL(epoll_wait(set, seen, 4, 0));
	SHOW(seen[0].data.u32);
	struct signalfd_siginfo info;
	NEED(read(signals, &info, sizeof info) == sizeof info);
	NEED(timerfd_settime(timer, 0, &once, NULL) == 0);
	CALL(epoll_wait(set, seen, 4, 10000));
	SHOW(seen[0].data.u32);
	uint64_t expirations;
	NEED(read(timer, &expirations, 8) == 8);
	raise(SIGUSR2);
	CALL(epoll_pwait(set, seen, 4, 10000, &none));
	SHOW(count);
	return 0;
}
