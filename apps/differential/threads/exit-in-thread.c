/* exit() in any thread ends all of them, with its status, after atexit's functions. */
// libc: both
// cpus: 1 2
#include "differ.h"
#include <pthread.h>

static void at_exit(void)
{
	puts("atexit runs");
}

static void *leave(void *argument)
{
	(void)argument;
	puts("a thread exits");
	exit(7);
}

int main(void)
{
	pthread_t thread;

	atexit(at_exit);
	NEED(pthread_create(&thread, NULL, leave, NULL) == 0);
	for (;;)
		pause();
}
