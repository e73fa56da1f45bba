/* Two hundred threads at the same time. */
// cpus: 1 2
#include "differ.h"
#include <pthread.h>

enum { THREADS = 200 };

static pthread_barrier_t barrier;
static atomic_long sum;

static void *work(void *argument)
{
	pthread_barrier_wait(&barrier);
	atomic_fetch_add(&sum, (long)argument);
	pthread_barrier_wait(&barrier);
	return argument;
}

int main(void)
{
	static pthread_t threads[THREADS];
	long results = 0;
	void *result;

	pthread_barrier_init(&barrier, NULL, THREADS);
	for (long index = 0; index < THREADS; index++)
		NEED(pthread_create(&threads[index], NULL, work, (void *)index) == 0);
	for (int index = 0; index < THREADS; index++) {
		pthread_join(threads[index], &result);
		results += (long)result;
	}
	SHOW(results);
	SHOW(atomic_load(&sum));
	return 0;
}
