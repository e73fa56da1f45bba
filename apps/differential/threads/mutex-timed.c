/* pthread_mutex_timedlock gives up at its time, at once if that has passed, and takes a free mutex whatever the time says. */
// libc: both
// cpus: 1 2
#include "differ.h"
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *work(void *argument)
{
	struct timespec soon = in_ms(CLOCK_REALTIME, 20), past = {.tv_sec = 1}, wrong = {.tv_nsec = 1000000000};
	int64_t start = monotonic_ms();

	THREAD_CALL(pthread_mutex_timedlock(&lock, &soon));
	HOLDS(monotonic_ms() - start >= 19);
	THREAD_CALL(pthread_mutex_timedlock(&lock, &past));
	THREAD_CALL(pthread_mutex_timedlock(&lock, &wrong));
	return argument;
}

int main(void)
{
	struct timespec past = {.tv_sec = 1};
	pthread_t thread;

	THREAD_CALL(pthread_mutex_timedlock(&lock, &past));
	NEED(pthread_create(&thread, NULL, work, NULL) == 0);
	THREAD_CALL(pthread_join(thread, NULL));
	return 0;
}
