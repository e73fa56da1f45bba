/* One-shot: silent after the first report until it is armed again. */
#include "differ.h"
#include <sys/epoll.h>

int main(void)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLONESHOT}, seen[4];
	int set = epoll_create1(0), ends[2];

	NEED(pipe(ends) == 0);
	CALL(epoll_ctl(set, EPOLL_CTL_ADD, ends[0], &event));
	NEED(write(ends[1], "a", 1) == 1);
	CALL(epoll_wait(set, seen, 4, 0));
	NEED(write(ends[1], "b", 1) == 1);
	CALL(epoll_wait(set, seen, 4, 0));
	CALL(epoll_ctl(set, EPOLL_CTL_MOD, ends[0], &event));
	CALL(epoll_wait(set, seen, 4, 0));
	CALL(epoll_wait(set, seen, 4, 0));
	return 0;
}
