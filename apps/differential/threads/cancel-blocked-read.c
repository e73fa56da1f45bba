/* A thread that waits in read() is cancelled there, and its cleanup functions run. */
// libc: both
// cpus: 1 2
#include "differ.h"
#include <pthread.h>

static int ends[2];
static atomic_int ready;

static void clean(void *text)
{
	printf("cleanup: %s\n", (const char *)text);
}

static void *work(void *argument)
{
	char byte;

	(void)argument;
	pthread_cleanup_push(clean, "outer");
	pthread_cleanup_push(clean, "inner");
	atomic_store(&ready, 1);
	CALL(read(ends[0], &byte, 1));
	pthread_cleanup_pop(0);
	pthread_cleanup_pop(0);
	return NULL;
}

int main(void)
{
	pthread_t thread;
	void *result;

	CALL(pipe(ends));
	NEED(pthread_create(&thread, NULL, work, NULL) == 0);
	WAIT_UNTIL(atomic_load(&ready));
	pause_ms(5);
	NEED(pthread_cancel(thread) == 0);
	THREAD_CALL(pthread_join(thread, &result));
	HOLDS(result == PTHREAD_CANCELED);
	return 0;
}
