/* A thread's result reaches the one that joins it, for returns and for pthread_exit from a deeper call. */
// libc: both
// cpus: 1 2
#include "differ.h"
#include <pthread.h>

static void *returns(void *argument)
{
	return (char *)argument + 1;
}

static void leave(long value)
{
	pthread_exit((void *)value);
}

static void *exits(void *argument)
{
	leave((long)argument * 2);
	return NULL;
}

int main(void)
{
	pthread_t first, second;
	void *result;

	NEED(pthread_create(&first, NULL, returns, (void *)41) == 0);
	THREAD_CALL(pthread_join(first, &result));
	SHOW((long)result);
	NEED(pthread_create(&second, NULL, exits, (void *)21) == 0);
	THREAD_CALL(pthread_join(second, &result));
	SHOW((long)result);
	HOLDS(pthread_equal(pthread_self(), pthread_self()) != 0);
	return 0;
}
