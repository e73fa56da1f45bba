/* SIGEV_THREAD runs a function in a thread of its own. */
// libc: both
// cpus: 1 2
#include "differ.h"
#include <pthread.h>

static atomic_int count, value, in_main;
static pthread_t first;

static void notify(union sigval argument)
{
	atomic_store(&value, argument.sival_int);
	if (pthread_equal(pthread_self(), first))
		atomic_fetch_add(&in_main, 1);
	atomic_fetch_add(&count, 1);
}

int main(void)
{
	struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_value.sival_int = 7};
	struct itimerspec often = {{.tv_nsec = 3000000}, {.tv_nsec = 3000000}};
	timer_t timer;

	first = pthread_self();
	event.sigev_notify_function = notify;
	CALL(timer_create(CLOCK_MONOTONIC, &event, &timer));
	CALL(timer_settime(timer, 0, &often, NULL));
	WAIT_UNTIL(atomic_load(&count) >= 3);
	CALL(timer_delete(timer));
	SHOW(atomic_load(&value));
	SHOW(atomic_load(&in_main));
	return 0;
}
