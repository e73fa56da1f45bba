/*
 * As many computing threads as there are processors, all begun on the first one: once they may run anywhere each gets a processor of its own
 * at once, not slice by slice, and from then on none is interrupted by another.
 *
 * What is looked at is counted, not timed: how often each thread had to make room for another (getrusage).
 */
#define _GNU_SOURCE
#include "check.h"
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 64, MOST_SWITCHES = 8, SECONDS = 60 };

static atomic_int go, started, spread, settled;
static atomic_int place[MOST];
static long switches[MOST], late_switches[MOST];
static int count;

static long own_switches(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return usage.ru_nivcsw;
}

static int all_apart(void)
{
	unsigned long long seen = 0;

	for (int index = 0; index < count; index++)
		seen |= 1ull << atomic_load(&place[index]);
	return __builtin_popcountll(seen) == count;
}

/* Ends early when the time is over: a thread that never gets a processor shall fail the test and not stop it. */
static void compute_until(atomic_int *flag, int index)
{
	time_t end = time(NULL) + SECONDS;

	while (!atomic_load(flag) && time(NULL) < end)
		atomic_store(&place[index], sched_getcpu());
}

static void work(int index)
{
	long before, settled_at;

	atomic_fetch_add(&started, 1);
	compute_until(&go, index);
	before = own_switches();
	compute_until(&spread, index);
	settled_at = own_switches();
	switches[index] = settled_at - before;
	compute_until(&settled, index);
	late_switches[index] = own_switches() - settled_at;
}

static void *thread_main(void *argument)
{
	work((int)(long)argument);
	return NULL;
}

static void bind(pthread_t thread, int processors)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	for (int cpu = 0; cpu < processors; cpu++)
		CPU_SET(cpu, &set);
	CHECK(pthread_setaffinity_np(thread, sizeof set, &set) == 0);
}

/* The first thread is one of them: one more would have to share. */
static void lead(pthread_t *threads)
{
	time_t end = time(NULL) + SECONDS;

	while (atomic_load(&started) < count - 1)
		sched_yield();
	atomic_store(&go, 1);
	for (int index = 0; index < count; index++)
		bind(threads[index], count);
	do
		atomic_store(&place[0], sched_getcpu());
	while (!all_apart() && time(NULL) < end);
	CHECK(all_apart());
	atomic_store(&spread, 1);
	for (struct timespec now, begin = { 0 };;) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (begin.tv_sec == 0)
			begin = now;
		if ((now.tv_sec - begin.tv_sec) * 1000 + (now.tv_nsec - begin.tv_nsec) / 1000000 > 200)
			break;
	}
	atomic_store(&settled, 1);
}

int main(void)
{
	pthread_t threads[MOST];
	long most = 0, most_late = 0;

	count = (int)sysconf(_SC_NPROCESSORS_ONLN);
	CHECK(count >= 1 && count <= MOST);
	threads[0] = pthread_self();
	bind(threads[0], 1);
	for (long index = 1; index < count; index++)
		CHECK(pthread_create(&threads[index], NULL, thread_main, (void *)index) == 0);
	lead(threads);
	for (int index = 1; index < count; index++)
		CHECK(pthread_join(threads[index], NULL) == 0);
	for (int index = 1; index < count; index++) {
		most = switches[index] > most ? switches[index] : most;
		most_late = late_switches[index] > most_late ? late_switches[index] : most_late;
	}
	printf("%d processors, at most %ld switches, %ld afterwards\n", count, most, most_late);
	CHECK(most <= MOST_SWITCHES);
	CHECK(most_late <= 2);
	return check_done("processors");
}
