/* Timed waits for a condition, on both clocks: the time passes, the mutex is held again, wrong times are refused. */
// libc: both
#include "differ.h"
#include <pthread.h>

static void wait_on(clockid_t clock)
{
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	pthread_cond_t condition;
	pthread_condattr_t attributes;
	struct timespec soon, past = {.tv_sec = 1}, wrong = {.tv_nsec = 1000000000};

	pthread_condattr_init(&attributes);
	THREAD_CALL(pthread_condattr_setclock(&attributes, clock));
	THREAD_CALL(pthread_cond_init(&condition, &attributes));
	pthread_mutex_lock(&lock);
	int64_t start = monotonic_ms();
	soon = in_ms(clock, 20);
	THREAD_CALL(pthread_cond_timedwait(&condition, &lock, &soon));
	HOLDS(monotonic_ms() - start >= 19);
	THREAD_CALL(pthread_mutex_trylock(&lock));
	THREAD_CALL(pthread_cond_timedwait(&condition, &lock, &past));
	THREAD_CALL(pthread_cond_timedwait(&condition, &lock, &wrong));
}

int main(void)
{
	pthread_condattr_t attributes;

	wait_on(CLOCK_REALTIME);
	wait_on(CLOCK_MONOTONIC);
	pthread_condattr_init(&attributes);
	THREAD_CALL(pthread_condattr_setclock(&attributes, CLOCK_PROCESS_CPUTIME_ID));
	return 0;
}
