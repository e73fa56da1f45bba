/*
 * Two threads wait for the same signals to the process. Whoever is told of one that the other takes, or of the next one just then, waits on:
 * nobody is interrupted (EINTR), for no other signal comes, and each is received once. Linux does interrupt them.
 *
 * As many signals as it takes for the times at which they come to be all that there are; on a slow machine fewer.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { WAITERS = 2, SENDS = 100000, UNDER_WAY = 2, LONGEST_SECONDS = 4, SIGSET_BYTES = 8 };

static sigset_t set;
static struct timespec begin;
static atomic_int received, interrupted, wrong;

static void *wait_for_signals(void *argument)
{
	for (;;) {
		/* Not by the library: musl waits again by itself. */
		long number = syscall(SYS_rt_sigtimedwait, &set, NULL, NULL, SIGSET_BYTES);
		if (number == SIGRTMIN + 2)
			return argument;
		if (number == SIGRTMIN + 1)
			atomic_fetch_add(&received, 1);
		else
			atomic_fetch_add(number == -1 && errno == EINTR ? &interrupted : &wrong, 1);
	}
}

static int goes_on(int count)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return count < SENDS && now.tv_sec - begin.tv_sec < LONGEST_SECONDS;
}

int main(void)
{
	pthread_t waiters[WAITERS];
	int sent = 0;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN + 1);
	sigaddset(&set, SIGRTMIN + 2);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	for (int index = 0; index < WAITERS; index++)
		if (pthread_create(&waiters[index], NULL, wait_for_signals, NULL) != 0)
			return 1;
	for (; goes_on(sent); sent++) {
		while (sent - atomic_load(&received) >= UNDER_WAY)
			sched_yield();
		kill(getpid(), SIGRTMIN + 1);
	}
	/* The lower number comes first. */
	for (int index = 0; index < WAITERS; index++)
		kill(getpid(), SIGRTMIN + 2);
	for (int index = 0; index < WAITERS; index++)
		pthread_join(waiters[index], NULL);
	printf("lost %d, interrupted %d, wrong %d\n", sent - received, interrupted, wrong);
	return 0;
}
