/* Each thread has a clock of the processor time it used: busy threads' goes on, sleeping threads' does not. */
// libc: both
#include "differ.h"
#include <pthread.h>

static atomic_int finish;

static void *sleeper(void *argument)
{
	while (!atomic_load(&finish))
		pause_ms(10);
	return argument;
}

int main(void)
{
	pthread_t thread;
	clockid_t clock, own;

	NEED(pthread_create(&thread, NULL, sleeper, NULL) == 0);
	THREAD_CALL(pthread_getcpuclockid(thread, &clock));
	THREAD_CALL(pthread_getcpuclockid(pthread_self(), &own));
	int64_t before = now_ns(own), other_before = now_ns(clock);
	while (now_ns(CLOCK_THREAD_CPUTIME_ID) - before < 400000000)
		;
	HOLDS(now_ns(own) - before >= 400000000);
	HOLDS(now_ns(clock) - other_before < 300000000);
	HOLDS(now_ns(CLOCK_PROCESS_CPUTIME_ID) >= now_ns(CLOCK_THREAD_CPUTIME_ID) - 100000000);
	atomic_store(&finish, 1);
	THREAD_CALL(pthread_join(thread, NULL));
	return 0;
}
