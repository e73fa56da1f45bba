/*
 * What the simplest services of the system cost, in cycles of the time-stamp counter: getpid, sched_yield, malloc of 1 MiB, and
 * the first write to each page of that memory. The argument is the number of calls of the first two (default 10,000).
 */
#define _GNU_SOURCE
#include <malloc.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <x86intrin.h>

#define DEFAULT_CALLS 10000
#define BLOCKS 256
#define BLOCK_BYTES (1024 * 1024)
#define PAGE_BYTES 4096

static char *blocks[BLOCKS];

static void report(const char *what, unsigned long long cycles, long count)
{
	printf("Average time for %s: %llu cycles\n", what, cycles / (unsigned long long)count);
}

static void measure_calls(long calls)
{
	unsigned long long start = __rdtsc();

	/* The C library may not answer this from memory. */
	for (long i = 0; i < calls; i++)
		syscall(SYS_getpid);
	report("getpid", __rdtsc() - start, calls);
	start = __rdtsc();
	for (long i = 0; i < calls; i++)
		sched_yield();
	report("sched_yield", __rdtsc() - start, calls);
}

static int measure_memory(void)
{
	unsigned long long start = __rdtsc();

	for (int i = 0; i < BLOCKS; i++)
		blocks[i] = malloc(BLOCK_BYTES);
	report("malloc", __rdtsc() - start, BLOCKS);
	for (int i = 0; i < BLOCKS; i++) {
		if (blocks[i] == NULL) {
			fprintf(stderr, "basic needs %d MiB of memory\n", BLOCKS);
			return 1;
		}
	}
	start = __rdtsc();
	for (int i = 0; i < BLOCKS; i++)
		for (long at = 0; at < BLOCK_BYTES; at += PAGE_BYTES)
			*(volatile char *)(blocks[i] + at) = 1;
	report("the first page access", __rdtsc() - start, BLOCKS * (BLOCK_BYTES / PAGE_BYTES));
	for (int i = 0; i < BLOCKS; i++)
		free(blocks[i]);
	return 0;
}

int main(int argc, char **argv)
{
	long calls = argc > 1 ? atol(argv[1]) : DEFAULT_CALLS;

	if (calls < 1) {
		fprintf(stderr, "usage: basic [calls]\n");
		return 1;
	}
	printf("Determine systems performance\n");
	printf("=============================\n");
	/* The first call of each may load, fault and patch. */
	syscall(SYS_getpid);
	sched_yield();
	measure_calls(calls);
	return measure_memory();
}
