/*
 * What the four OpenMP benchmarks share: options, calibration, repetition and statistics, after the method of EPCC's micro-benchmarks
 * (J. M. Bull, "Measuring Synchronisation and Scheduling Overheads in OpenMP", 1999).
 *
 * A construct's overhead is the time of its body under the construct, less the time of the same body alone. The body is a delay
 * of known length. Each measurement repeats it so often that it takes the test time, and is itself repeated.
 */
#ifndef OPENMPBENCH_COMMON_H
#define OPENMPBENCH_COMMON_H

/* Set by bench_start. */
extern int thread_count;
extern long delay_length;
extern double reference_time;

struct defaults {
	const char *program;
	double delay_time_us;
};

/* Reads the options, calibrates the delay and prints the setting. */
void bench_start(int argc, char **argv, struct defaults defaults);

/* Times `run(repetitions)` without any construct, as what later results are compared with. */
void bench_reference(const char *name, void (*run)(long repetitions));

/* The same for a construct; prints time and overhead of one repetition. */
void bench_measure(const char *name, void (*run)(long repetitions));

/* Spins for `length` iterations; the compiler cannot remove it. */
void delay(long length);

#endif
