/*
 * The bandwidth of memory as the STREAM benchmark defines it (J. D. McCalpin): four loops over arrays that no cache holds, in all OpenMP
 * threads; bytes count as the loops name them. Our own program: the kernels, the arithmetic that checks them and the table
 * follow the benchmark's rules, so the numbers may be compared.
 *
 *     stream [ELEMENTS [TIMES]]       default 14,000,000 doubles in each of three arrays, 100 times
 */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <omp.h>

#define DEFAULT_ELEMENTS 14000000
#define DEFAULT_TIMES 100
#define SCALAR 3.0
#define ACCEPTED_ERROR 1e-13
#define ALIGNMENT 4096
#define RULE "-------------------------------------------------------------\n"

enum kernel { COPY, SCALE, ADD, TRIAD, KERNELS };

static const char *const names[KERNELS] = {"Copy:", "Scale:", "Add:", "Triad:"};
/* How many of the arrays a loop reads and writes. */
static const int arrays_used[KERNELS] = {2, 2, 3, 3};

static double *restrict a, *restrict b, *restrict c;
static long elements = DEFAULT_ELEMENTS;
static long times_to_run = DEFAULT_TIMES;

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void run_kernel(enum kernel kernel)
{
	switch (kernel) {
	case COPY:
#pragma omp parallel for
		for (long i = 0; i < elements; i++)
			c[i] = a[i];
		break;
	case SCALE:
#pragma omp parallel for
		for (long i = 0; i < elements; i++)
			b[i] = SCALAR * c[i];
		break;
	case ADD:
#pragma omp parallel for
		for (long i = 0; i < elements; i++)
			c[i] = a[i] + b[i];
		break;
	default:
#pragma omp parallel for
		for (long i = 0; i < elements; i++)
			a[i] = b[i] + SCALAR * c[i];
	}
}

/* Each thread touches the pages first that it works on later. */
static int prepare(void)
{
	size_t bytes = ((size_t)elements * sizeof(double) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;

	a = aligned_alloc(ALIGNMENT, bytes);
	b = aligned_alloc(ALIGNMENT, bytes);
	c = aligned_alloc(ALIGNMENT, bytes);
	if (a == NULL || b == NULL || c == NULL) {
		fprintf(stderr, "stream needs %zu MiB of memory\n", 3 * bytes >> 20);
		return 1;
	}
#pragma omp parallel for
	for (long i = 0; i < elements; i++) {
		a[i] = 2.0;
		b[i] = 2.0;
		c[i] = 0.0;
	}
	return 0;
}

static void print_setting(void)
{
	double mib = (double)elements * sizeof(double) / 1048576.0;

	printf(RULE "STREAM version $Revision: 5.10 $\n" RULE);
	printf("This system uses %zu bytes per array element.\n" RULE, sizeof(double));
	printf("Array size = %ld (elements), Offset = 0 (elements)\n", elements);
	printf("Memory per array = %.1f MiB (= %.1f GiB).\n", mib, mib / 1024);
	printf("Total memory required = %.1f MiB (= %.1f GiB).\n", 3 * mib, 3 * mib / 1024);
	printf("Each kernel will be executed %ld times.\n", times_to_run);
	printf(" The *best* time for each kernel (excluding the first iteration)\n");
	printf(" will be used to compute the reported bandwidth.\n" RULE);
	printf("Number of Threads requested = %d\n", omp_get_max_threads());
#pragma omp parallel
#pragma omp master
	printf("Number of Threads counted = %d\n" RULE, omp_get_num_threads());
}

/* The first round fills caches and tables and does not count. */
static void measure(double best[], double worst[], double sum[])
{
	for (int kernel = 0; kernel < KERNELS; kernel++) {
		best[kernel] = DBL_MAX;
		worst[kernel] = sum[kernel] = 0;
	}
	for (long round = 0; round < times_to_run; round++) {
		for (int kernel = 0; kernel < KERNELS; kernel++) {
			double start = seconds(), elapsed;

			run_kernel(kernel);
			elapsed = seconds() - start;
			if (round == 0)
				continue;
			best[kernel] = fmin(best[kernel], elapsed);
			worst[kernel] = fmax(worst[kernel], elapsed);
			sum[kernel] += elapsed;
		}
	}
}

static void print_rates(const double best[], const double worst[], const double sum[])
{
	printf("Function    Best Rate MB/s  Avg time     Min time     Max time\n");
	for (int kernel = 0; kernel < KERNELS; kernel++) {
		double megabytes = 1e-6 * arrays_used[kernel] * sizeof(double) * (double)elements;

		printf("%-12s%12.1f  %11.6f  %11.6f  %11.6f\n", names[kernel], megabytes / best[kernel],
		       sum[kernel] / (double)(times_to_run - 1), best[kernel], worst[kernel]);
	}
	printf(RULE);
}

static double average_error(const double *array, double expected)
{
	double sum = 0;

	for (long i = 0; i < elements; i++)
		sum += fabs(array[i] - expected);
	return sum / (double)elements / fabs(expected);
}

/* Every element of an array has the same value, which a few scalar operations follow. */
static int check(void)
{
	double wanted_a = 2.0, wanted_b = 2.0, wanted_c = 0.0, worst;

	for (long round = 0; round < times_to_run; round++) {
		wanted_c = wanted_a;
		wanted_b = SCALAR * wanted_c;
		wanted_c = wanted_a + wanted_b;
		wanted_a = wanted_b + SCALAR * wanted_c;
	}
	worst = fmax(average_error(a, wanted_a), fmax(average_error(b, wanted_b), average_error(c, wanted_c)));
	if (worst <= ACCEPTED_ERROR)
		printf("Solution Validates: avg error less than %e on all three arrays\n", ACCEPTED_ERROR);
	else
		printf("Failed Validation: avg error %e\n", worst);
	printf(RULE);
	return worst <= ACCEPTED_ERROR ? 0 : 1;
}

int main(int argc, char **argv)
{
	double best[KERNELS], worst[KERNELS], sum[KERNELS];

	if (argc > 1)
		elements = atol(argv[1]);
	if (argc > 2)
		times_to_run = atol(argv[2]);
	if (elements < 1 || times_to_run < 2) {
		fprintf(stderr, "usage: stream [ELEMENTS [TIMES, at least 2]]\n");
		return 1;
	}
	if (prepare() != 0)
		return 1;
	print_setting();
	measure(best, worst, sum);
	print_rates(best, worst, sum);
	return check();
}
