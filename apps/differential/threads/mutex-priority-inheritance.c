/* Mutexes with priority inheritance are the kernel's FUTEX_LOCK_PI: contended, tried, timed, and by an owner that has it. */
// libc: both
// cpus: 1 2
#include "differ.h"
#include <pthread.h>

static pthread_mutex_t lock;
static long counter;

static void *count(void *argument)
{
	for (int step = 0; step < 500; step++) {
		pthread_mutex_lock(&lock);
		counter++;
		if (step % 50 == 0)
			sched_yield();
		pthread_mutex_unlock(&lock);
	}
	return argument;
}

static void *try(void *argument)
{
	struct timespec soon = in_ms(CLOCK_REALTIME, 10);

	THREAD_CALL(pthread_mutex_trylock(&lock));
	THREAD_CALL(pthread_mutex_timedlock(&lock, &soon));
	return argument;
}

int main(void)
{
	pthread_mutexattr_t attributes;
	pthread_t threads[4];

	pthread_mutexattr_init(&attributes);
	THREAD_CALL(pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK));
	THREAD_CALL(pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT));
	THREAD_CALL(pthread_mutex_init(&lock, &attributes));
	for (int index = 0; index < 4; index++)
		NEED(pthread_create(&threads[index], NULL, count, NULL) == 0);
	for (int index = 0; index < 4; index++)
		pthread_join(threads[index], NULL);
	SHOW(counter);
	THREAD_CALL(pthread_mutex_lock(&lock));
	THREAD_CALL(pthread_mutex_lock(&lock));
	NEED(pthread_create(&threads[0], NULL, try, NULL) == 0);
	pthread_join(threads[0], NULL);
	THREAD_CALL(pthread_mutex_unlock(&lock));
	THREAD_CALL(pthread_mutex_unlock(&lock));
	return 0;
}
