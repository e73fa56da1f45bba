/* What epoll_create, epoll_ctl and epoll_wait refuse. */
#include "differ.h"
#include <sys/epoll.h>

int main(void)
{
	struct epoll_event event = {.events = EPOLLIN}, seen[2];
	int set = epoll_create(1), ends[2];

	NEED(pipe(ends) == 0);
	CALL(epoll_create(0));
	CALL(epoll_create1(0x100));
	CALL(epoll_ctl(set, EPOLL_CTL_ADD, 99, &event));
	CALL(epoll_ctl(99, EPOLL_CTL_ADD, ends[0], &event));
	CALL(epoll_ctl(ends[1], EPOLL_CTL_ADD, ends[0], &event));
	CALL(epoll_ctl(set, EPOLL_CTL_ADD, set, &event));
	CALL(epoll_ctl(set, EPOLL_CTL_MOD, ends[0], &event));
	CALL(epoll_ctl(set, EPOLL_CTL_DEL, ends[0], &event));
	CALL(epoll_ctl(set, EPOLL_CTL_ADD, ends[0], &event));
	CALL(epoll_ctl(set, EPOLL_CTL_ADD, ends[0], &event));
	CALL(epoll_ctl(set, 77, ends[0], &event));
	CALL(epoll_ctl(set, EPOLL_CTL_MOD, ends[0], (struct epoll_event *)16));
	CALL(epoll_ctl(set, EPOLL_CTL_DEL, ends[0], NULL));
	CALL(epoll_wait(set, seen, 0, 0));
	CALL(epoll_wait(set, seen, -1, 0));
	CALL(epoll_wait(ends[0], seen, 2, 0));
	CALL(epoll_wait(99, seen, 2, 0));
	NEED(epoll_ctl(set, EPOLL_CTL_ADD, ends[1], &(struct epoll_event){.events = EPOLLOUT}) == 0);
	CALL(epoll_wait(set, (struct epoll_event *)16, 2, 0));
	CALL(read(set, seen, 1));
	return 0;
}
