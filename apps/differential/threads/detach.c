/* A detached thread runs to its end by itself. */
// libc: both
// cpus: 1 2
#include "differ.h"
#include <pthread.h>

static atomic_int steps;

static void *work(void *argument)
{
	(void)argument;
	atomic_fetch_add(&steps, 1);
	return NULL;
}

int main(void)
{
	pthread_attr_t attributes;
	pthread_t thread;
	int state;

	THREAD_CALL(pthread_attr_init(&attributes));
	THREAD_CALL(pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED));
	THREAD_CALL(pthread_attr_getdetachstate(&attributes, &state));
	HOLDS(state == PTHREAD_CREATE_DETACHED);
	THREAD_CALL(pthread_attr_setdetachstate(&attributes, 77));
	NEED(pthread_create(&thread, &attributes, work, NULL) == 0);
	WAIT_UNTIL(atomic_load(&steps) == 1);
	NEED(pthread_create(&thread, NULL, work, NULL) == 0);
	NEED(pthread_detach(thread) == 0);
	WAIT_UNTIL(atomic_load(&steps) == 2);
	SHOW(atomic_load(&steps));
	return 0;
}
