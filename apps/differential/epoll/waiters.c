/* Threads that wait on one set: each event wakes somebody, and none is handled twice (EPOLLEXCLUSIVE and EPOLLET are not needed). */
// cpus: 1 2
#include "differ.h"
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

static int set, work, stop;
static atomic_int handled;

static void *serve(void *argument)
{
	struct epoll_event event;
	uint64_t value;

	for (;;) {
		NEED(epoll_wait(set, &event, 1, -1) == 1);
		if (event.data.fd == stop)
			return argument;
		if (read(work, &value, 8) == 8)
			atomic_fetch_add(&handled, 1);
	}
}

int main(void)
{
	pthread_t threads[3];
	uint64_t one = 1;

	set = epoll_create1(0);
	work = eventfd(0, EFD_NONBLOCK | EFD_SEMAPHORE);
	stop = eventfd(0, EFD_NONBLOCK);
	NEED(epoll_ctl(set, EPOLL_CTL_ADD, work, &(struct epoll_event){.events = EPOLLIN, .data.fd = work}) == 0);
	NEED(epoll_ctl(set, EPOLL_CTL_ADD, stop, &(struct epoll_event){.events = EPOLLIN, .data.fd = stop}) == 0);
	for (int index = 0; index < 3; index++)
		NEED(pthread_create(&threads[index], NULL, serve, NULL) == 0);
	for (int event = 0; event < 300; event++)
		NEED(write(work, &one, 8) == 8);
	WAIT_UNTIL(atomic_load(&handled) == 300);
	NEED(write(stop, &one, 8) == 8);
	for (int index = 0; index < 3; index++)
		pthread_join(threads[index], NULL);
	SHOW(atomic_load(&handled));
	return 0;
}
