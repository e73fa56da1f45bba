/* A destructor that sets its key again is called again, a limited number of times; a value of NULL has no destructor call. */
// libc: both
#include "differ.h"
#include <pthread.h>

static pthread_key_t stubborn, empty;
static int calls;

static void set_again(void *value)
{
	calls++;
	pthread_setspecific(stubborn, value);
}

static void never(void *value)
{
	(void)value;
	puts("destructor for NULL");
}

static void *work(void *argument)
{
	HOLDS(pthread_getspecific(stubborn) == NULL);
	pthread_setspecific(stubborn, &calls);
	pthread_setspecific(empty, &calls);
	pthread_setspecific(empty, NULL);
	HOLDS(pthread_getspecific(stubborn) == &calls);
	return argument;
}

int main(void)
{
	pthread_t thread;

	THREAD_CALL(pthread_key_create(&stubborn, set_again));
	THREAD_CALL(pthread_key_create(&empty, never));
	pthread_setspecific(empty, &thread);
	NEED(pthread_create(&thread, NULL, work, NULL) == 0);
	THREAD_CALL(pthread_join(thread, NULL));
	HOLDS(calls >= 1 && calls <= PTHREAD_DESTRUCTOR_ITERATIONS);
	SHOW(calls);
	HOLDS(pthread_getspecific(empty) == &thread);
	THREAD_CALL(pthread_key_delete(stubborn));
	return 0;
}
