/* poll, select and epoll_wait answer EINTR whatever the flags say. */
#include "differ.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/time.h>

static volatile sig_atomic_t count;

static void handler(int number)
{
	(void)number;
	count++;
}

int main(void)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
	struct itimerval soon = {.it_value = {.tv_usec = 10000}};
	struct timeval long_time = {.tv_sec = 50};
	struct epoll_event event;
	int ends[2], set = epoll_create1(0);
	fd_set readable;

	NEED(pipe(ends) == 0 && set >= 0);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	CALL(poll(&(struct pollfd){.fd = ends[0], .events = POLLIN}, 1, 50000));
	FD_ZERO(&readable);
	FD_SET(ends[0], &readable);
	setitimer(ITIMER_REAL, &soon, NULL);
	CALL(select(ends[0] + 1, &readable, NULL, NULL, &long_time));
	setitimer(ITIMER_REAL, &soon, NULL);
	CALL(epoll_wait(set, &event, 1, 50000));
	SHOW(count);
	return 0;
}
