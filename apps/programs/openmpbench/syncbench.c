/* What OpenMP's synchronisation costs: one repetition is one passage of every thread through the construct. */
#include "common.h"

#include <omp.h>

#define DELAY_TIME_US 0.1

static omp_lock_t lock;

static void reference(long repetitions)
{
	for (long i = 0; i < repetitions; i++)
		delay(delay_length);
}

static void parallel(long repetitions)
{
	for (long i = 0; i < repetitions; i++) {
#pragma omp parallel
		delay(delay_length);
	}
}

static void for_loop(long repetitions)
{
#pragma omp parallel
	for (long i = 0; i < repetitions; i++) {
#pragma omp for
		for (int thread = 0; thread < thread_count; thread++)
			delay(delay_length);
	}
}

static void parallel_for(long repetitions)
{
	for (long i = 0; i < repetitions; i++) {
#pragma omp parallel for
		for (int thread = 0; thread < thread_count; thread++)
			delay(delay_length);
	}
}

static void barrier(long repetitions)
{
#pragma omp parallel
	for (long i = 0; i < repetitions; i++) {
		delay(delay_length);
#pragma omp barrier
	}
}

static void single(long repetitions)
{
#pragma omp parallel
	for (long i = 0; i < repetitions; i++) {
#pragma omp single
		delay(delay_length);
	}
}

/* The threads share the repetitions, because only one at a time is inside. */
static void critical(long repetitions)
{
#pragma omp parallel
	for (long i = 0; i < repetitions / thread_count; i++) {
#pragma omp critical
		delay(delay_length);
	}
}

static void lock_unlock(long repetitions)
{
#pragma omp parallel
	for (long i = 0; i < repetitions / thread_count; i++) {
		omp_set_lock(&lock);
		delay(delay_length);
		omp_unset_lock(&lock);
	}
}

static void ordered(long repetitions)
{
#pragma omp parallel for ordered schedule(static, 1)
	for (long i = 0; i < repetitions; i++) {
#pragma omp ordered
		delay(delay_length);
	}
}

static void atomic_reference(long repetitions)
{
	volatile double sum = 0;

	for (long i = 0; i < repetitions; i++)
		sum += 1;
}

static void atomic(long repetitions)
{
	double sum = 0;

#pragma omp parallel
	for (long i = 0; i < repetitions / thread_count; i++) {
#pragma omp atomic
		sum += 1;
	}
}

static void reduction_reference(long repetitions)
{
	volatile long sum = 0;

	for (long i = 0; i < repetitions; i++) {
		delay(delay_length);
		sum += 1;
	}
}

static void reduction(long repetitions)
{
	volatile long result = 0;

	for (long i = 0; i < repetitions; i++) {
		long sum = 0;

#pragma omp parallel reduction(+ : sum)
		{
			delay(delay_length);
			sum += 1;
		}
		result += sum;
	}
}

int main(int argc, char **argv)
{
	bench_start(argc, argv, (struct defaults){"syncbench", DELAY_TIME_US});
	omp_init_lock(&lock);
	bench_reference("reference time 1", reference);
	bench_measure("PARALLEL", parallel);
	bench_measure("FOR", for_loop);
	bench_measure("PARALLEL FOR", parallel_for);
	bench_measure("BARRIER", barrier);
	bench_measure("SINGLE", single);
	bench_measure("CRITICAL", critical);
	bench_measure("LOCK/UNLOCK", lock_unlock);
	bench_measure("ORDERED", ordered);
	bench_reference("reference time 2", atomic_reference);
	bench_measure("ATOMIC", atomic);
	bench_reference("reference time 3", reduction_reference);
	bench_measure("REDUCTION", reduction);
	omp_destroy_lock(&lock);
	return 0;
}
