/* Edge-triggered: reported once for each arrival. */
#include "differ.h"
#include <sys/epoll.h>

int main(void)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLET}, seen[4];
	int set = epoll_create1(0), ends[2];
	char bytes[8];

	NEED(pipe(ends) == 0);
	CALL(epoll_ctl(set, EPOLL_CTL_ADD, ends[0], &event));
	NEED(write(ends[1], "a", 1) == 1);
	CALL(epoll_wait(set, seen, 4, 0));
	CALL(epoll_wait(set, seen, 4, 0));
	NEED(write(ends[1], "b", 1) == 1);
	CALL(epoll_wait(set, seen, 4, 0));
	CALL(epoll_wait(set, seen, 4, 0));
	NEED(read(ends[0], bytes, 1) == 1);
	CALL(epoll_wait(set, seen, 4, 0));
	CALL(epoll_ctl(set, EPOLL_CTL_MOD, ends[0], &event));
	CALL(epoll_wait(set, seen, 4, 0));
	return 0;
}
