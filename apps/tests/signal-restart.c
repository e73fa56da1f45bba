/*
 * Calls that a signal interrupts: with SA_RESTART some start again, without it they answer EINTR, and some always do (signal(7)).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/select.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

static volatile int calls;
static int ends[2];
static volatile int writes_after;

static void count(int signal)
{
	(void)signal;
	calls++;
	if (writes_after && calls == writes_after)
		(void)!write(ends[1], "x", 1);
}

/* The signal comes again and again: one alone might come before the call that it is to interrupt has begun. */
static void arm(int flags)
{
	struct sigaction action;
	struct itimerval timer = { { 0, 10000 }, { 0, 10000 } };

	memset(&action, 0, sizeof(action));
	action.sa_handler = count;
	action.sa_flags = flags;
	sigaction(SIGALRM, &action, NULL);
	calls = 0;
	setitimer(ITIMER_REAL, &timer, NULL);
}

static void disarm(void)
{
	struct itimerval timer = { { 0, 0 }, { 0, 0 } };

	setitimer(ITIMER_REAL, &timer, NULL);
}

static void reads(void)
{
	char byte;

	writes_after = 0;
	arm(0);
	CHECK_EQ(read(ends[0], &byte, 1), -1);
	CHECK_EQ(errno, EINTR);
	CHECK(calls >= 1);
	disarm();
	/* Some signals go by before a handler writes what the reader waits for. */
	writes_after = 4;
	arm(SA_RESTART);
	CHECK_EQ(read(ends[0], &byte, 1), 1);
	CHECK(calls >= 4);
	disarm();
	writes_after = 0;
}

static void sleeps(int flags)
{
	struct timespec time = { 5000, 0 }, left = { 0, 0 };

	arm(flags);
	CHECK_EQ(nanosleep(&time, &left), -1);
	CHECK_EQ(errno, EINTR);
	CHECK(left.tv_sec > 4900 && left.tv_sec <= 5000);
	CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, 0, &time, &left), EINTR);
	clock_gettime(CLOCK_MONOTONIC, &time);
	time.tv_sec += 5000;
	CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL), EINTR);
	CHECK_EQ(pause(), -1);
	CHECK_EQ(errno, EINTR);
	disarm();
}

static void polls(int flags)
{
	struct pollfd descriptor = { ends[0], POLLIN, 0 };
	struct timeval time = { 5000, 0 };
	fd_set set;

	arm(flags);
	CHECK_EQ(poll(&descriptor, 1, 5000000), -1);
	CHECK_EQ(errno, EINTR);
	FD_ZERO(&set);
	FD_SET(ends[0], &set);
	CHECK_EQ(select(ends[0] + 1, &set, NULL, NULL, &time), -1);
	CHECK_EQ(errno, EINTR);
	disarm();
}

/* Blocked outside, let in by ppoll and pselect for their wait, blocked again behind it. */
static void polls_with_masks(void)
{
	struct pollfd descriptor = { ends[0], POLLIN, 0 };
	struct timespec long_time = { 5000, 0 };
	fd_set set;
	sigset_t none, blocked;

	FD_ZERO(&set);
	FD_SET(ends[0], &set);
	sigemptyset(&none);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGALRM);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	calls = 0;
	raise(SIGALRM);
	CHECK_EQ(calls, 0);
	CHECK_EQ(ppoll(&descriptor, 1, &long_time, &none), -1);
	CHECK_EQ(errno, EINTR);
	CHECK_EQ(calls, 1);
	raise(SIGALRM);
	CHECK_EQ(calls, 1);
	CHECK_EQ(pselect(ends[0] + 1, &set, NULL, NULL, &long_time, &none), -1);
	CHECK_EQ(calls, 2);
	sigprocmask(SIG_UNBLOCK, &blocked, NULL);
}

static void waits_for_others(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	arm(SA_RESTART);
	CHECK_EQ(sigwaitinfo(&set, NULL), -1);
	CHECK_EQ(errno, EINTR);
	disarm();
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* Signals without handler do not show. */
static void ignored(void)
{
	struct timespec time = { 0, 50000000 };
	struct timespec before, after;

	signal(SIGALRM, SIG_IGN);
	struct itimerval timer = { { 0, 5000 }, { 0, 5000 } };
	setitimer(ITIMER_REAL, &timer, NULL);
	clock_gettime(CLOCK_MONOTONIC, &before);
	CHECK_EQ(nanosleep(&time, NULL), 0);
	clock_gettime(CLOCK_MONOTONIC, &after);
	CHECK((after.tv_sec - before.tv_sec) * 1000000000LL + after.tv_nsec - before.tv_nsec >= 50000000);
	disarm();
}

int main(void)
{
	CHECK_EQ(pipe(ends), 0);
	reads();
	sleeps(0);
	sleeps(SA_RESTART);
	polls(0);
	polls(SA_RESTART);
	polls_with_masks();
	waits_for_others();
	ignored();
	return check_done("signal-restart");
}
