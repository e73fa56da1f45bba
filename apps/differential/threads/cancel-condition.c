/* A thread cancelled in pthread_cond_wait has its mutex again when its cleanup functions run. */
// libc: both
// cpus: 1 2
#include "differ.h"
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static bool waiting;

static void unlock(void *argument)
{
	(void)argument;
	THREAD_CALL(pthread_mutex_trylock(&lock));
	THREAD_CALL(pthread_mutex_unlock(&lock));
}

static void *work(void *argument)
{
	pthread_mutex_lock(&lock);
	pthread_cleanup_push(unlock, NULL);
	waiting = true;
	for (;;)
		pthread_cond_wait(&condition, &lock);
	pthread_cleanup_pop(0);
	return argument;
}

static bool is_waiting(void)
{
	pthread_mutex_lock(&lock);
	bool result = waiting;
	pthread_mutex_unlock(&lock);
	return result;
}

int main(void)
{
	pthread_t thread;
	void *result;

	NEED(pthread_create(&thread, NULL, work, NULL) == 0);
	WAIT_UNTIL(is_waiting());
	NEED(pthread_cancel(thread) == 0);
	THREAD_CALL(pthread_join(thread, &result));
	HOLDS(result == PTHREAD_CANCELED);
	THREAD_CALL(pthread_mutex_lock(&lock));
	return 0;
}
