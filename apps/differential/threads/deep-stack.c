/* A thread's stack is as deep as was asked for. */
// libc: both
// cpus: 1 2
#include "differ.h"
#include <pthread.h>

static long deepen(int depth)
{
	volatile char frame[KIB];

	frame[0] = (char)depth;
	frame[KIB - 1] = 1;
	return depth == 0 ? 0 : frame[KIB - 1] + deepen(depth - 1);
}

static void *work(void *argument)
{
	(void)argument;
	return (void *)deepen(3500);
}

int main(void)
{
	pthread_attr_t attributes;
	pthread_t threads[3];
	void *result;

	pthread_attr_init(&attributes);
	THREAD_CALL(pthread_attr_setstacksize(&attributes, 4 * MIB));
	for (int index = 0; index < 3; index++)
		NEED(pthread_create(&threads[index], &attributes, work, NULL) == 0);
	for (int index = 0; index < 3; index++) {
		THREAD_CALL(pthread_join(threads[index], &result));
		SHOW((long)result);
	}
	return 0;
}
