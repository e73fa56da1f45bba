/* A thousand threads one after the other: nothing is used up. */
// libc: both
// cpus: 1 2
#include "differ.h"
#include <pthread.h>

static void *work(void *argument)
{
	return (char *)argument + 1;
}

int main(void)
{
	void *result = NULL;
	pthread_t thread;

	for (int round = 0; round < 1000; round++) {
		NEED(pthread_create(&thread, NULL, work, result) == 0);
		NEED(pthread_join(thread, &result) == 0);
	}
	SHOW((long)result);
	return 0;
}
