/* A new thread inherits its creator's affinity, and others can change it; attributes set it from the start (glibc). */
// libc: glibc
// cpus: 1 2
#include "differ.h"
#include <pthread.h>

static pthread_barrier_t both;

static void *work(void *argument)
{
	cpu_set_t set;

	pthread_getaffinity_np(pthread_self(), sizeof set, &set);
	printf("a thread may use processor 0 only: %s\n", CPU_COUNT(&set) == 1 && CPU_ISSET(0, &set) ? "yes" : "no");
	SHOW(sched_getcpu());
	pthread_barrier_wait(&both);
	pthread_barrier_wait(&both);
	pthread_getaffinity_np(pthread_self(), sizeof set, &set);
	printf("then all: %s\n", CPU_EQUAL(&set, (cpu_set_t *)argument) ? "yes" : "no");
	return NULL;
}

int main(void)
{
	cpu_set_t all, one;
	pthread_attr_t attributes;
	pthread_t thread;

	pthread_barrier_init(&both, NULL, 2);
	THREAD_CALL(pthread_getaffinity_np(pthread_self(), sizeof all, &all));
	CPU_ZERO(&one);
	CPU_SET(0, &one);
	THREAD_CALL(pthread_setaffinity_np(pthread_self(), sizeof one, &one));
	for (int by_attribute = 0; by_attribute < 2; by_attribute++) {
		pthread_attr_init(&attributes);
		if (by_attribute) {
			THREAD_CALL(pthread_setaffinity_np(pthread_self(), sizeof all, &all));
			THREAD_CALL(pthread_attr_setaffinity_np(&attributes, sizeof one, &one));
		}
		NEED(pthread_create(&thread, &attributes, work, &all) == 0);
		pthread_barrier_wait(&both);
		THREAD_CALL(pthread_setaffinity_np(thread, sizeof all, &all));
		pthread_barrier_wait(&both);
		THREAD_CALL(pthread_join(thread, NULL));
	}
	return 0;
}
