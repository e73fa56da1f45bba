/* /proc/self/status: identifiers, threads, sizes. */
// cpus: 1 2
#include "proc-number.h"
#include <pthread.h>

static long field(const char *name)
{
	return number_in("/proc/self/status", name);
}

static void *wait_for_barrier(void *barrier)
{
	pthread_barrier_wait(barrier);
	return NULL;
}

int main(void)
{
	pthread_barrier_t barrier;
	pthread_t threads[2];

	HOLDS(field("Pid") == getpid());
	HOLDS(field("Tgid") == getpid());
	SHOW(field("Threads"));
	HOLDS(field("VmRSS") > 0 && field("VmSize") >= field("VmRSS"));
	pthread_barrier_init(&barrier, NULL, 3);
	for (int index = 0; index < 2; index++)
		NEED(pthread_create(&threads[index], NULL, wait_for_barrier, &barrier) == 0);
	SHOW(field("Threads"));
	pthread_barrier_wait(&barrier);
	for (int index = 0; index < 2; index++)
		pthread_join(threads[index], NULL);
	WAIT_UNTIL(field("Threads") == 1);
	SHOW(field("None"));
	return 0;
}
