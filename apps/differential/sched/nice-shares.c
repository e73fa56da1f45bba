/* Two computing threads on one processor get time by their nice values, and the nicer one gets some; getpriority says what was set. */
// cpus: 1 2
#include "differ.h"
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>

static atomic_int is_done;
static pthread_barrier_t barrier;

static long long used_ns(clockid_t clock)
{
	struct timespec used;

	clock_gettime(clock, &used);
	return used.tv_sec * 1000000000ll + used.tv_nsec;
}

static void *compute(void *argument)
{
	id_t self = (id_t)syscall(SYS_gettid);
	cpu_set_t first;
	int nice = (int)(long)argument;

	CPU_ZERO(&first);
	CPU_SET(0, &first);
	NEED(sched_setaffinity(0, sizeof first, &first) == 0);
	NEED(setpriority(PRIO_PROCESS, self, nice) == 0);
	NEED(getpriority(PRIO_PROCESS, self) == nice);
	pthread_barrier_wait(&barrier);
	long long before = used_ns(CLOCK_THREAD_CPUTIME_ID);
	while (!atomic_load(&is_done))
		if (used_ns(CLOCK_PROCESS_CPUTIME_ID) > 1500000000ll)
			atomic_store(&is_done, 1);
	return (void *)(long)((used_ns(CLOCK_THREAD_CPUTIME_ID) - before) / 1000);
}

int main(void)
{
	pthread_t threads[2];
	void *used[2];

	pthread_barrier_init(&barrier, NULL, 2);
	for (long index = 0; index < 2; index++)
		NEED(pthread_create(&threads[index], NULL, compute, (void *)(index * 10)) == 0);
	for (int index = 0; index < 2; index++)
		pthread_join(threads[index], &used[index]);
	SHOW((long)used[1] > 0);
	SHOW((long)used[0] > 3 * (long)used[1] / 2);
	return 0;
}
