/* A closed descriptor leaves the set, unless a duplicate keeps the file open. */
#include "differ.h"
#include <sys/epoll.h>

int main(void)
{
	struct epoll_event event = {.events = EPOLLIN}, seen[4];
	int set = epoll_create1(0), ends[2], copy;

	NEED(pipe(ends) == 0 && write(ends[1], "x", 1) == 1);
	CALL(epoll_ctl(set, EPOLL_CTL_ADD, ends[0], &event));
	CALL(epoll_wait(set, seen, 4, 0));
	NEED((copy = dup(ends[0])) >= 0 && close(ends[0]) == 0);
	CALL(epoll_wait(set, seen, 4, 0));
	NEED(close(copy) == 0);
	CALL(epoll_wait(set, seen, 4, 0));
	return 0;
}
