/*
 * Recursion without an end in a thread: it reaches the guard below the thread's stack, and the sentence names the thread.
 */
#include <pthread.h>
#include <stdio.h>

/* volatile: the compiler may not see that it never stops. */
static volatile int forever = 1;

__attribute__((noinline)) static int deeper(int depth)
{
	volatile char frame[1000];

	frame[0] = (char)depth;
	if (forever)
		return deeper(depth + 1) + frame[0];
	return frame[0];
}

static void *run(void *argument)
{
	(void)argument;
	printf("before\n");
	fflush(stdout);
	printf("after %d\n", deeper(0));
	return NULL;
}

int main(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, run, NULL);
	pthread_join(thread, NULL);
	return 0;
}
