/* Cancellation that is disabled stays pending until it is enabled. */
// libc: both
// cpus: 1 2
#include "differ.h"
#include <pthread.h>

static atomic_int ready, cancelled, passed;

static void *work(void *argument)
{
	int old;

	(void)argument;
	THREAD_CALL(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old));
	HOLDS(old == PTHREAD_CANCEL_ENABLE);
	THREAD_CALL(pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &old));
	HOLDS(old == PTHREAD_CANCEL_DEFERRED);
	THREAD_CALL(pthread_setcancelstate(77, &old));
	THREAD_CALL(pthread_setcanceltype(77, &old));
	atomic_store(&ready, 1);
	WAIT_UNTIL(atomic_load(&cancelled));
	pthread_testcancel();
	pause_ms(1);
	atomic_store(&passed, 1);
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
	pthread_testcancel();
	atomic_store(&passed, 2);
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
