/* Time, and what the machine is. */
#include "internal.h"

#include <sched.h>
#include <stdlib.h>
#include <sys/times.h>
#include <time.h>
#include <x86intrin.h>

#define TICKS_PER_SECOND 100
#define NS_PER_SECOND 1000000000ull
#define MEASURE_NS 20000000ull
/* Room for 8192 processors, Linux's own limit. */
#define AFFINITY_BYTES 1024

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_SECOND + (uint64_t)now.tv_nsec;
}

static uint64_t started_at_ns;

__attribute__((constructor)) static void note_start(void)
{
	started_at_ns = now_ns();
}

void sys_msleep(unsigned int ms)
{
	struct timespec rest = {ms / 1000, (long)(ms % 1000) * 1000000};

	while (nanosleep(&rest, &rest) != 0 && errno == EINTR)
		;
}

size_t sys_get_ticks(void)
{
	return (now_ns() - started_at_ns) / (NS_PER_SECOND / TICKS_PER_SECOND);
}

clock_t sys_times(struct tms *buffer)
{
	return times(buffer);
}

/*
 * Measured against the clock, once: what CPUID and /proc/cpuinfo say differs between machines and may be missing. The counter
 * runs at one rate on every processor made since 2008, whatever the core's own clock does.
 */
unsigned int get_cpufreq(void)
{
	static unsigned int mhz;
	uint64_t start_ns, end_ns, start, end;

	if (__atomic_load_n(&mhz, __ATOMIC_RELAXED) != 0)
		return mhz;
	start_ns = now_ns();
	start = __rdtsc();
	do
		end_ns = now_ns();
	while (end_ns - start_ns < MEASURE_NS);
	end = __rdtsc();
	__atomic_store_n(&mhz, (unsigned int)((end - start) * 1000 / (end_ns - start_ns)), __ATOMIC_RELAXED);
	return mhz;
}

unsigned int get_num_cpus(void)
{
	unsigned long mask[AFFINITY_BYTES / sizeof(unsigned long)] = {0};
	long bytes = syscall(SYS_sched_getaffinity, 0, sizeof(mask), mask);
	unsigned int count = 0;

	for (long word = 0; word < bytes / (long)sizeof(unsigned long); word++)
		count += (unsigned int)__builtin_popcountl(mask[word]);
	return count > 0 ? count : 1;
}

/* Which isle of a multi-kernel machine: HERMIT_ISLE when it is a number (it names a monitor otherwise). */
int isle_id(void)
{
	const char *isle = getenv("HERMIT_ISLE");
	char *end;
	long number;

	if (isle == NULL || *isle < '0' || *isle > '9')
		return -1;
	number = strtol(isle, &end, 10);
	return *end == '\0' && number <= 254 ? (int)number : -1;
}
