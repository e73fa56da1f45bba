/* Level-triggered: reported as long as it is ready. */
#include "differ.h"
#include <sys/epoll.h>

int main(void)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = 0x123456789abc}, seen[4];
	int set = epoll_create1(EPOLL_CLOEXEC), ends[2];
	char byte;

	SHOW(set);
	NEED(pipe(ends) == 0);
	CALL(epoll_ctl(set, EPOLL_CTL_ADD, ends[0], &event));
	CALL(epoll_wait(set, seen, 4, 0));
	NEED(write(ends[1], "ab", 2) == 2);
	CALL(epoll_wait(set, seen, 4, -1));
	HOLDS(seen[0].events == EPOLLIN && seen[0].data.u64 == 0x123456789abc);
	NEED(read(ends[0], &byte, 1) == 1);
	CALL(epoll_wait(set, seen, 4, -1));
	NEED(read(ends[0], &byte, 1) == 1);
	CALL(epoll_wait(set, seen, 4, 5));
	close(ends[1]);
	CALL(epoll_wait(set, seen, 4, -1));
	HOLDS(seen[0].events == EPOLLHUP);
	return 0;
}
