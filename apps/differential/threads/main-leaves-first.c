/* The process lives on when the first thread leaves by pthread_exit; the last thread's end is exit(0). */
// libc: both
// cpus: 1 2
#include "differ.h"
#include <pthread.h>

static pthread_t first;

static void *work(void *argument)
{
	void *result = NULL;

	(void)argument;
	THREAD_CALL(pthread_join(first, &result));
	SHOW((long)result);
	return NULL;
}

static void at_exit(void)
{
	puts("atexit runs");
}

int main(void)
{
	pthread_t thread;

	first = pthread_self();
	atexit(at_exit);
	NEED(pthread_create(&thread, NULL, work, NULL) == 0);
	NEED(pthread_detach(thread) == 0);
	pthread_exit((void *)5);
}
