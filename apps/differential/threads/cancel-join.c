/* A thread that waits in pthread_join can be cancelled; the one that it waited for can be joined again. */
// libc: both
// cpus: 1 2
#include "differ.h"
#include <pthread.h>

static atomic_int ready, finish;
static pthread_t worker;

static void *work(void *argument)
{
	WAIT_UNTIL(atomic_load(&finish));
	return argument;
}

static void *join(void *argument)
{
	atomic_store(&ready, 1);
	pthread_join(worker, NULL);
	return argument;
}

int main(void)
{
	pthread_t joiner;
	void *result;

	NEED(pthread_create(&worker, NULL, work, (void *)9) == 0);
	NEED(pthread_create(&joiner, NULL, join, NULL) == 0);
	WAIT_UNTIL(atomic_load(&ready));
	pause_ms(2);
	NEED(pthread_cancel(joiner) == 0);
	THREAD_CALL(pthread_join(joiner, &result));
	HOLDS(result == PTHREAD_CANCELED);
	atomic_store(&finish, 1);
	THREAD_CALL(pthread_join(worker, &result));
	SHOW((long)result);
	return 0;
}
