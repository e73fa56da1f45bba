/* What OpenMP's loop schedules cost: one repetition is a loop of ITERATIONS_PER_THREAD iterations for every thread. */
#include "common.h"

#include <omp.h>
#include <stdio.h>

#define DELAY_TIME_US 15.0
#define ITERATIONS_PER_THREAD 128
#define LARGEST_CHUNK ITERATIONS_PER_THREAD

static void reference(long repetitions)
{
	for (long i = 0; i < repetitions; i++)
		for (int iteration = 0; iteration < ITERATIONS_PER_THREAD; iteration++)
			delay(delay_length);
}

/* The schedule is whatever omp_set_schedule said. */
static void loop(long repetitions)
{
#pragma omp parallel
	for (long i = 0; i < repetitions; i++) {
#pragma omp for schedule(runtime)
		for (int iteration = 0; iteration < ITERATIONS_PER_THREAD * thread_count; iteration++)
			delay(delay_length);
	}
}

static void measure_chunks(const char *kind, omp_sched_t schedule, int largest)
{
	for (int chunk = 1; chunk <= largest; chunk *= 2) {
		char name[32];

		snprintf(name, sizeof(name), "%s %d", kind, chunk);
		omp_set_schedule(schedule, chunk);
		bench_measure(name, loop);
	}
}

int main(int argc, char **argv)
{
	bench_start(argc, argv, (struct defaults){"schedbench", DELAY_TIME_US});
	bench_reference("reference time 1", reference);
	/* Chunk 0: the default, one piece for each thread. */
	omp_set_schedule(omp_sched_static, 0);
	bench_measure("STATIC", loop);
	measure_chunks("STATIC", omp_sched_static, LARGEST_CHUNK);
	measure_chunks("DYNAMIC", omp_sched_dynamic, LARGEST_CHUNK);
	measure_chunks("GUIDED", omp_sched_guided, LARGEST_CHUNK);
	return 0;
}
