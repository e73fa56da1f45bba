/* Threads that are woken all the time, by others and by the clock, while others change what they may run on and how urgent they are. So a change
 * meets its thread in every state: asleep, on its way into a queue, queued, stolen by an idle processor, running. */
#include "stress.h"

enum { STEPS = 300, MOST_CPUS = 64, SETTERS = 4 };

static cpu_set_t all;
static int cpus[MOST_CPUS], cpu_count;
static _Atomic int tids[THREADS];
static _Atomic unsigned running;
static pthread_barrier_t barrier;

/* Two threads of a pair wake each other; the other threads are the setters. */
static struct {
	_Alignas(64) _Atomic uint32_t turn;
	unsigned long counter;
} pairs[THREADS / 2];

static void wait_for_turn(_Atomic uint32_t *turn, uint32_t own)
{
	uint32_t seen;

	while ((seen = atomic_load(turn)) % 2 != own)
		NEED(syscall(SYS_futex, turn, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, seen, NULL, NULL, 0) == 0 || errno == EAGAIN || errno == EINTR);
}

static void take_turns(struct worker *self)
{
	for (int step = 0; step < STEPS; step++) {
		_Atomic uint32_t *turn = &pairs[self->index / 2].turn;
		wait_for_turn(turn, self->index % 2);
		pairs[self->index / 2].counter++;
		if (random_below(&self->random, 16) == 0) {
			struct timespec pause = { 0, 1000 * (long)random_below(&self->random, 50) };
			nanosleep(&pause, NULL);
		}
		atomic_fetch_add(turn, 1);
		NEED(syscall(SYS_futex, turn, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, NULL, NULL, 0) >= 0);
	}
}

/* A user who may not raise a priority again (EPERM) changes the affinity only. */
static void change_somebody(struct random *random)
{
	struct sched_param none = { 0 };
	int tid = atomic_load(&tids[random_below(random, THREADS - SETTERS)]);
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpus[random_below(random, (uint32_t)cpu_count)], &set);
	switch (random_below(random, 4)) {
	case 0:
		NEED_EQUAL(sched_setaffinity(tid, sizeof all, &all), 0);
		break;
	case 1:
		NEED_EQUAL(sched_setaffinity(tid, sizeof set, &set), 0);
		break;
	case 2:
		NEED(syscall(SYS_sched_setscheduler, tid, SCHED_BATCH, &none) == 0 || errno == EPERM);
		break;
	default:
		if (geteuid() == 0)
			NEED_EQUAL(syscall(SYS_sched_setscheduler, tid, SCHED_IDLE, &none), 0);
	}
}

static void *work(void *argument)
{
	struct worker *self = argument;

	atomic_store(&tids[self->index], (int)syscall(SYS_gettid));
	pthread_barrier_wait(&barrier);
	if (self->index < THREADS - SETTERS) {
		take_turns(self);
		atomic_fetch_sub(&running, 1);
	} else {
		while (atomic_load(&running) > 0)
			change_somebody(&self->random);
	}
	pthread_barrier_wait(&barrier);
	return NULL;
}

static void round_of_settings(uint64_t round)
{
	running = THREADS - SETTERS;
	memset(pairs, 0, sizeof pairs);
	run_workers(round, work);
	for (int pair = 0; pair < (THREADS - SETTERS) / 2; pair++)
		NEED_EQUAL(pairs[pair].counter, 2 * STEPS);
}

int main(int argc, char **argv)
{
	NEED_EQUAL(sched_getaffinity(0, sizeof all, &all), 0);
	for (int cpu = 0; cpu < MOST_CPUS; cpu++)
		if (CPU_ISSET(cpu, &all))
			cpus[cpu_count++] = cpu;
	NEED_EQUAL(pthread_barrier_init(&barrier, NULL, THREADS), 0);
	return stress(argc, argv, round_of_settings);
}
