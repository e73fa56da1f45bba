/* Eight threads add under one mutex; nothing is lost. */
// libc: both
// cpus: 1 2 4
#include "differ.h"
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long counter;

static void *count(void *argument)
{
	for (int step = 0; step < 5000; step++) {
		pthread_mutex_lock(&lock);
		counter++;
		pthread_mutex_unlock(&lock);
	}
	return argument;
}

int main(void)
{
	pthread_t threads[8];

	for (int index = 0; index < 8; index++)
		NEED(pthread_create(&threads[index], NULL, count, NULL) == 0);
	for (int index = 0; index < 8; index++)
		pthread_join(threads[index], NULL);
	SHOW(counter);
	return 0;
}
