// user: ordinary
/* ioprio_get and ioprio_set: what is kept, what follows from the nice value, and errors. */
#include "differ.h"
#include <pthread.h>
#include <sys/resource.h>

#define BEST_EFFORT(level) (2 << 13 | (level))

static long get(int which, int who)
{
	return syscall(SYS_ioprio_get, which, who);
}

static long set(int which, int who, int priority)
{
	return syscall(SYS_ioprio_set, which, who, priority);
}

static void *in_a_thread(void *argument)
{
	printf("a thread begins with %lx\n", get(1, 0));
	CALL(set(1, 0, BEST_EFFORT(6)));
	printf("it has %lx, the first thread %lx\n", get(1, 0), get(1, getpid()));
	printf("of both: %lx\n", get(2, 0));
	return argument;
}

int main(void)
{
	pthread_t thread;

	printf("of the process's group: %lx\n", get(2, getpgrp()) & 7);
	NEED(setpriority(PRIO_PROCESS, 0, 5) == 0);
	CALL(set(1, 0, BEST_EFFORT(3)));
	printf("%lx\n", get(1, 0));
	CALL(set(1, 0, 3 << 13));
	printf("%lx\n", get(1, getpid()));
	CALL(set(1, 0, 0));
	CALL(set(1, 0, 1));
	CALL(set(1, 0, 1 << 13 | 4));
	CALL(set(1, 0, 5 << 13));
	CALL(set(1, 99999999, BEST_EFFORT(4)));
	CALL(set(0, 0, BEST_EFFORT(4)));
	CALL(set(4, 0, BEST_EFFORT(4)));
	CALL(get(1, 99999999));
	CALL(get(0, 0));
	CALL(get(3, 99999999));
	CALL(set(1, 0, BEST_EFFORT(2)));
	NEED(pthread_create(&thread, NULL, in_a_thread, NULL) == 0);
	pthread_join(thread, NULL);
	return 0;
}
