/* Joining without waiting, and with a limit (glibc's additions, musl's too). */
// libc: both
// cpus: 1 2
#include "differ.h"
#include <pthread.h>

static atomic_int finish;

static void *work(void *argument)
{
	WAIT_UNTIL(atomic_load(&finish));
	return argument;
}

int main(void)
{
	struct timespec soon = in_ms(CLOCK_REALTIME, 10), later = in_ms(CLOCK_REALTIME, 60000);
	pthread_t thread;
	void *result = NULL;

	NEED(pthread_create(&thread, NULL, work, (void *)3) == 0);
	THREAD_CALL(pthread_tryjoin_np(thread, &result));
	THREAD_CALL(pthread_timedjoin_np(thread, &result, &soon));
	atomic_store(&finish, 1);
	THREAD_CALL(pthread_timedjoin_np(thread, &result, &later));
	SHOW((long)result);
	return 0;
}
