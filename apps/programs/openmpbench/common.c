/* See common.h. */
#include "common.h"

#include <float.h>
#include <getopt.h>
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>

#define DEFAULT_OUTER_REPETITIONS 20
#define MAX_OUTER_REPETITIONS 10000
#define DEFAULT_TEST_TIME_US 1000.0
#define MAX_REPETITIONS (1L << 40)
#define US_PER_SECOND 1e6
/* 95 % of normally distributed values lie within this many standard deviations. */
#define CONFIDENCE 1.96
#define OUTLIER_DEVIATIONS 3.0
#define RULE "--------------------------------------------------------\n"

int thread_count;
long delay_length;
double reference_time;

static long outer_repetitions = DEFAULT_OUTER_REPETITIONS;
static double test_time_us = DEFAULT_TEST_TIME_US;
static double delay_time_us;

struct statistics {
	double mean, smallest, largest, deviation;
	int outliers;
};

void __attribute__((noinline)) delay(long length)
{
	volatile double sum = 0;

	for (long i = 0; i < length; i++)
		sum += (double)i;
}

static double time_us(void (*run)(long), long repetitions)
{
	double start = omp_get_wtime();

	run(repetitions);
	return (omp_get_wtime() - start) * US_PER_SECOND;
}

static void usage(const char *program, FILE *stream)
{
	fprintf(stream, "usage: %s [--outer-repetitions N] [--test-time US] [--delay-time US] [-h]\n"
			"  --outer-repetitions  measurements of each construct (default %d)\n"
			"  --test-time          how long one measurement takes, in microseconds (default %.0f)\n"
			"  --delay-time         how long the work inside the construct takes, in microseconds\n",
		program, DEFAULT_OUTER_REPETITIONS, DEFAULT_TEST_TIME_US);
}

static double positive(const char *program, const char *text)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end != '\0' || !(value > 0) || value > 1e9) {
		usage(program, stderr);
		exit(1);
	}
	return value;
}

static void read_options(int argc, char **argv, const char *program)
{
	static const struct option options[] = {
		{"outer-repetitions", required_argument, NULL, 'o'},
		{"test-time", required_argument, NULL, 't'},
		{"delay-time", required_argument, NULL, 'd'},
		{NULL, 0, NULL, 0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (option == 'h') {
			usage(program, stdout);
			exit(0);
		}
		if (option == 'o')
			outer_repetitions = (long)positive(program, optarg);
		else if (option == 't')
			test_time_us = positive(program, optarg);
		else if (option == 'd')
			delay_time_us = positive(program, optarg);
		else
			exit((usage(program, stderr), 1));
	}
	if (optind != argc || outer_repetitions < 1 || outer_repetitions > MAX_OUTER_REPETITIONS)
		exit((usage(program, stderr), 1));
}

/* How many iterations of the delay take the wanted time: doubled until they do, then in proportion. */
static long find_delay_length(double wanted_us)
{
	long length = 1;
	double elapsed_us = 0;

	delay(1000);
	while (elapsed_us < 1000.0 && length < MAX_REPETITIONS) {
		double start = omp_get_wtime();

		length *= 2;
		delay(length);
		elapsed_us = (omp_get_wtime() - start) * US_PER_SECOND;
	}
	length = (long)((double)length * wanted_us / elapsed_us + 0.5);
	return length > 0 ? length : 1;
}

void bench_start(int argc, char **argv, struct defaults defaults)
{
	delay_time_us = defaults.delay_time_us;
	read_options(argc, argv, defaults.program);
#pragma omp parallel
#pragma omp master
	thread_count = omp_get_num_threads();
	delay_length = find_delay_length(delay_time_us);
	printf("Running OpenMP benchmark version 3.0\n");
	printf("\t%d thread(s)\n", thread_count);
	printf("\t%ld outer repetitions\n", outer_repetitions);
	printf("\t%.2f test time (microseconds)\n", test_time_us);
	printf("\t%ld delay length (iterations)\n", delay_length);
	printf("\t%f delay time (microseconds)\n", delay_time_us);
}

/* Repetitions that together take the test time. */
static long calibrate(void (*run)(long))
{
	long repetitions = 1;
	double elapsed_us = time_us(run, 1);

	while (elapsed_us < test_time_us && repetitions < MAX_REPETITIONS) {
		repetitions *= 2;
		elapsed_us = time_us(run, repetitions);
	}
	return repetitions;
}

static struct statistics summarize(const double *times)
{
	struct statistics result = {0, DBL_MAX, 0, 0, 0};
	double squares = 0;

	for (long i = 0; i < outer_repetitions; i++) {
		result.mean += times[i] / (double)outer_repetitions;
		result.smallest = fmin(result.smallest, times[i]);
		result.largest = fmax(result.largest, times[i]);
	}
	for (long i = 0; i < outer_repetitions; i++)
		squares += (times[i] - result.mean) * (times[i] - result.mean);
	result.deviation = outer_repetitions > 1 ? sqrt(squares / (double)(outer_repetitions - 1)) : 0;
	for (long i = 0; i < outer_repetitions; i++)
		result.outliers += fabs(times[i] - result.mean) > OUTLIER_DEVIATIONS * result.deviation;
	return result;
}

/* Prints the line of the table and the time; answers the statistics of one repetition in microseconds. */
static struct statistics measure(const char *name, const char *what, void (*run)(long))
{
	static double times[MAX_OUTER_REPETITIONS];
	long repetitions = calibrate(run);
	struct statistics result;

	printf("\n" RULE "Computing %s time using %ld reps\n\n", name, repetitions);
	for (long i = 0; i < outer_repetitions; i++)
		times[i] = time_us(run, repetitions) / (double)repetitions;
	result = summarize(times);
	printf("Sample_size       Average     Min         Max          S.D.          Outliers\n");
	printf(" %-10ld    %11.6f %11.6f %11.6f %11.6f       %d\n\n", outer_repetitions, result.mean, result.smallest,
	       result.largest, result.deviation, result.outliers);
	printf("%s %s = %f microseconds +/- %f\n", name, what, result.mean, CONFIDENCE * result.deviation);
	return result;
}

void bench_reference(const char *name, void (*run)(long))
{
	reference_time = measure(name, "reference time", run).mean;
}

void bench_measure(const char *name, void (*run)(long))
{
	struct statistics result = measure(name, "time", run);

	printf("%s overhead = %f microseconds +/- %f\n", name, result.mean - reference_time, CONFIDENCE * result.deviation);
}
