/* Threads that send themselves and each other from processor to processor while they hand work around. */
#include "stress.h"

enum { STEPS = 60, MOST_CPUS = 64 };

static cpu_set_t all;
static int cpus[MOST_CPUS], cpu_count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned long counter;
static _Atomic int tids[THREADS];
static pthread_barrier_t barrier;

static int choose(struct random *random, cpu_set_t *set)
{
	int cpu = cpus[random_below(random, (uint32_t)cpu_count)];

	CPU_ZERO(set);
	CPU_SET(cpu, set);
	return cpu;
}

/* Nobody else changes this thread's affinity: it runs where it said as soon as the call returns. */
static void *move_itself(void *argument)
{
	struct worker *self = argument;

	for (int step = 0; step < STEPS; step++) {
		cpu_set_t set, seen;
		int cpu = choose(&self->random, &set);
		NEED_EQUAL(sched_setaffinity(0, sizeof set, &set), 0);
		NEED_EQUAL(sched_getcpu(), cpu);
		NEED(sched_getaffinity(0, sizeof seen, &seen) == 0 && CPU_EQUAL(&set, &seen));
		pthread_mutex_lock(&lock);
		counter++;
		if (random_below(&self->random, 4) == 0)
			sched_yield();
		pthread_mutex_unlock(&lock);
		NEED_EQUAL(sched_getcpu(), cpu);
	}
	return NULL;
}

static void *move_others(void *argument)
{
	struct worker *self = argument;

	atomic_store(&tids[self->index], (int)syscall(SYS_gettid));
	pthread_barrier_wait(&barrier);
	for (int step = 0; step < STEPS; step++) {
		cpu_set_t set;
		choose(&self->random, &set);
		int tid = atomic_load(&tids[random_below(&self->random, THREADS)]);
		NEED_EQUAL(sched_setaffinity(tid, sizeof set, random_below(&self->random, 3) == 0 ? &all : &set), 0);
		pthread_mutex_lock(&lock);
		counter++;
		pthread_mutex_unlock(&lock);
		if (random_below(&self->random, 8) == 0) {
			struct timespec pause = { 0, 1000 * (long)random_below(&self->random, 200) };
			nanosleep(&pause, NULL);
		}
	}
	pthread_barrier_wait(&barrier);
	return NULL;
}

static void round_of_affinity(uint64_t round)
{
	counter = 0;
	run_workers(round, move_itself);
	NEED_EQUAL(counter, THREADS * STEPS);
	run_workers(round, move_others);
	NEED_EQUAL(counter, 2 * THREADS * STEPS);
}

int main(int argc, char **argv)
{
	NEED_EQUAL(sched_getaffinity(0, sizeof all, &all), 0);
	for (int cpu = 0; cpu < MOST_CPUS; cpu++)
		if (CPU_ISSET(cpu, &all))
			cpus[cpu_count++] = cpu;
	NEED_EQUAL(pthread_barrier_init(&barrier, NULL, THREADS), 0);
	return stress(argc, argv, round_of_affinity);
}
