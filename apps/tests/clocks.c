/*
 * All clocks that clock_gettime offers on Linux: they exist, run forward, agree with each other, and tell the same time
 * through the vDSO and through the system call. "clocks now" prints the wall clock for the harness to compare.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include "check.h"

#define NS_PER_SECOND 1000000000ll

static int64_t now_ns(clockid_t clock)
{
	struct timespec at = {-1, -1};

	if (clock_gettime(clock, &at) != 0)
		return -1;
	return at.tv_sec * NS_PER_SECOND + at.tv_nsec;
}

static int64_t now_by_system_call_ns(clockid_t clock)
{
	struct timespec at = {-1, -1};

	if (syscall(SYS_clock_gettime, clock, &at) != 0)
		return -1;
	return at.tv_sec * NS_PER_SECOND + at.tv_nsec;
}

static void runs_forward(clockid_t clock)
{
	int64_t first = now_ns(clock), before = first;
	int backwards = 0;

	CHECK(first >= 0);
	for (int i = 0; i < 20000; i++) {
		int64_t now = now_ns(clock);
		backwards += now < before;
		before = now;
	}
	CHECK_EQ(backwards, 0);
}

static void advances(clockid_t clock)
{
	int64_t start = now_ns(clock);
	long rounds = 0;

	/* Bounded by rounds, not by a time that might stand still. */
	while (now_ns(clock) == start && ++rounds < 500000000)
		;
	CHECK(now_ns(clock) > start);
}

static void both_ways_agree(clockid_t clock)
{
	int64_t first = now_ns(clock);
	int64_t second = now_by_system_call_ns(clock);
	int64_t third = now_ns(clock);

	CHECK(first <= second);
	CHECK(second <= third);
}

static void resolution(clockid_t clock, int64_t at_most_ns)
{
	struct timespec step = {-1, -1};

	CHECK_EQ(clock_getres(clock, &step), 0);
	CHECK_EQ(step.tv_sec, 0);
	CHECK(step.tv_nsec > 0 && step.tv_nsec <= at_most_ns);
	CHECK_EQ(clock_getres(clock, NULL), 0);
}

static void wall_clocks_agree(void)
{
	struct timeval of_day;
	int64_t realtime = now_ns(CLOCK_REALTIME);
	time_t seconds = time(NULL);
	time_t stored = 0;

	CHECK_EQ(gettimeofday(&of_day, NULL), 0);
	CHECK(of_day.tv_usec >= 0 && of_day.tv_usec < 1000000);
	CHECK(llabs(of_day.tv_sec * NS_PER_SECOND + of_day.tv_usec * 1000 - realtime) < 5 * NS_PER_SECOND);
	CHECK(llabs((int64_t)seconds * NS_PER_SECOND - realtime) < 5 * NS_PER_SECOND);
	CHECK(time(&stored) == stored && stored >= seconds);
	/* 2026-01-01: a clock that starts at 1970 has not been set. */
	CHECK(seconds > 1767225600);
	CHECK(llabs(now_ns(CLOCK_REALTIME_COARSE) - now_ns(CLOCK_REALTIME)) < NS_PER_SECOND);
	CHECK(llabs(now_ns(CLOCK_MONOTONIC_COARSE) - now_ns(CLOCK_MONOTONIC)) < NS_PER_SECOND);
	CHECK(now_ns(CLOCK_TAI) >= realtime);
}

static void errors(void)
{
	struct timespec at;

	errno = 0;
	CHECK(clock_gettime(1000, &at) == -1 && errno == EINVAL);
	errno = 0;
	CHECK(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, (void *)8) == -1 && errno == EFAULT);
}

static int print_now(void)
{
	struct timespec at;

	if (clock_gettime(CLOCK_REALTIME, &at))
		return 1;
	printf("%lld.%09ld\n", (long long)at.tv_sec, at.tv_nsec);
	return 0;
}

int main(int argc, char **argv)
{
	static const clockid_t fine[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW, CLOCK_BOOTTIME, CLOCK_TAI};
	static const clockid_t coarse[] = {CLOCK_REALTIME_COARSE, CLOCK_MONOTONIC_COARSE};
	static const clockid_t cpu[] = {CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID};

	if (argc > 1 && !strcmp(argv[1], "now"))
		return print_now();
	for (unsigned i = 0; i < sizeof fine / sizeof *fine; i++) {
		runs_forward(fine[i]);
		advances(fine[i]);
		both_ways_agree(fine[i]);
		resolution(fine[i], 1000000);
	}
	for (unsigned i = 0; i < sizeof coarse / sizeof *coarse; i++) {
		runs_forward(coarse[i]);
		resolution(coarse[i], 20000000);
	}
	for (unsigned i = 0; i < sizeof cpu / sizeof *cpu; i++) {
		runs_forward(cpu[i]);
		advances(cpu[i]);
		resolution(cpu[i], 1000000);
	}
	wall_clocks_agree();
	errors();
	return check_done("clocks");
}
