/* The other threads end, whatever they are doing: computing, waiting for locks, signals, time, descriptors. */
// libc: both
// cpus: 1 2 4
#include "exec.h"
#include <pthread.h>
#include <sys/epoll.h>

static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
static atomic_int started;
static int pipe_ends[2];
static volatile unsigned long counter;

static void *compute(void *unused)
{
	started++;
	for (;;)
		counter++;
	return unused;
}

static void *call(void *unused)
{
	started++;
	for (;;)
		sched_yield();
	return unused;
}

static void *wait_for_lock(void *unused)
{
	started++;
	pthread_mutex_lock(&held);
	return unused;
}

static void *wait_for_condition(void *unused)
{
	pthread_mutex_t own = PTHREAD_MUTEX_INITIALIZER;

	pthread_mutex_lock(&own);
	started++;
	for (;;)
		pthread_cond_wait(&never, &own);
	return unused;
}

static void *wait_for_bytes(void *unused)
{
	char byte;

	started++;
	while (read(pipe_ends[0], &byte, 1) != 0)
		;
	return unused;
}

static void *wait_for_time(void *unused)
{
	started++;
	for (;;)
		pause_ms(1000000);
	return unused;
}

static void *wait_for_signal(void *unused)
{
	sigset_t set;
	int number;

	sigfillset(&set);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	started++;
	for (;;)
		sigwait(&set, &number);
	return unused;
}

static void *wait_for_event(void *unused)
{
	struct epoll_event event;
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	started++;
	for (;;)
		epoll_wait(epoll, &event, 1, -1);
	return unused;
}

static void *nothing(void *unused)
{
	return unused;
}

static void *make_threads(void *unused)
{
	pthread_attr_t attributes;
	pthread_t thread;

	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	started++;
	for (;;)
		if (pthread_create(&thread, &attributes, nothing, NULL) != 0)
			sched_yield();
	return unused;
}

int main(int count, char **arguments)
{
	void *(*const works[])(void *) = {compute,	 call,		wait_for_lock,	wait_for_condition, wait_for_bytes,
					  wait_for_time, wait_for_signal, wait_for_event, make_threads,	    compute};
	pthread_t thread;
	int step = step_of(count, arguments);

	printf("step %d, threads %ld\n", step, status_value("Threads"));
	if (step == 3)
		return 0;
	pthread_mutex_lock(&held);
	NEED(pipe2(pipe_ends, O_CLOEXEC) == 0);
	for (size_t index = 0; index < ARRAY_LENGTH(works); index++)
		NEED(pthread_create(&thread, NULL, works[index], NULL) == 0);
	WAIT_UNTIL(started == ARRAY_LENGTH(works));
	start(SELF, step + 1, NULL);
	return 1;
}
