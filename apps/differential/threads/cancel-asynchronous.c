/* Asynchronous cancellation reaches a thread that makes no call at all: it needs a signal between threads. */
// libc: both
// cpus: 1 2
#include "differ.h"
#include <pthread.h>

static atomic_int ready;

static void *loop(void *argument)
{
	(void)argument;
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	atomic_store(&ready, 1);
	for (;;)
		atomic_signal_fence(memory_order_seq_cst);
	return NULL;
}

int main(void)
{
	pthread_t thread;
	void *result;

	NEED(pthread_create(&thread, NULL, loop, NULL) == 0);
	WAIT_UNTIL(atomic_load(&ready));
	NEED(pthread_cancel(thread) == 0);
	THREAD_CALL(pthread_join(thread, &result));
	HOLDS(result == PTHREAD_CANCELED);
	return 0;
}
