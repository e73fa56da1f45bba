/* A deferred cancellation waits for the next cancellation point. */
// libc: both
// cpus: 1 2
#include "differ.h"
#include <pthread.h>

static atomic_int ready, cancelled, passed;

static void *work(void *argument)
{
	(void)argument;
	atomic_store(&ready, 1);
	WAIT_UNTIL(atomic_load(&cancelled));
	for (int step = 0; step < 1000; step++)
		atomic_fetch_add(&passed, 1);
	pthread_testcancel();
	puts("not reached");
	return NULL;
}

int main(void)
{
	pthread_t thread;
	void *result;

	NEED(pthread_create(&thread, NULL, work, NULL) == 0);
	WAIT_UNTIL(atomic_load(&ready));
	NEED(pthread_cancel(thread) == 0);
	atomic_store(&cancelled, 1);
	THREAD_CALL(pthread_join(thread, &result));
	HOLDS(result == PTHREAD_CANCELED);
	SHOW(atomic_load(&passed));
	return 0;
}
