/* poll, select and epoll_wait answer EINTR whatever the flags say. */
#include "alarms.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>

int main(void)
{
	struct timeval long_time = {.tv_sec = 5000};
	struct epoll_event event;
	int ends[2], set = epoll_create1(0);
	fd_set readable;

	NEED(pipe(ends) == 0 && set >= 0);
	alarms_begin(count_alarm, SA_RESTART);
	CALL(poll(&(struct pollfd){.fd = ends[0], .events = POLLIN}, 1, -1));
	FD_ZERO(&readable);
	FD_SET(ends[0], &readable);
	CALL(select(ends[0] + 1, &readable, NULL, NULL, &long_time));
	CALL(epoll_wait(set, &event, 1, 5000000));
	alarms_end();
	HOLDS(alarm_count >= 3);
	return 0;
}
