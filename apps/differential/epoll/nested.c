/* An epoll descriptor in another one is readable when something in it is ready; loops are refused. */
#include "differ.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

int main(void)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u32 = 5}, seen[4];
	int outer = epoll_create1(0), inner = epoll_create1(0), counter = eventfd(0, 0);
	uint64_t value = 1;

	CALL(epoll_ctl(inner, EPOLL_CTL_ADD, counter, &event));
	CALL(epoll_ctl(outer, EPOLL_CTL_ADD, inner, &event));
	CALL(epoll_ctl(inner, EPOLL_CTL_ADD, outer, &event));
	CALL(epoll_wait(outer, seen, 4, 0));
	NEED(write(counter, &value, 8) == 8);
	CALL(epoll_wait(outer, seen, 4, -1));
	SHOW(seen[0].data.u32);
	CALL(poll(&(struct pollfd){.fd = outer, .events = POLLIN}, 1, 0));
	NEED(read(counter, &value, 8) == 8);
	CALL(epoll_wait(outer, seen, 4, 0));
	return 0;
}
