/* Exactly one thread of each round is the serial one, and nobody is a round ahead. */
// libc: both
// cpus: 1 2
#include "differ.h"
#include <pthread.h>

enum { THREADS = 5, ROUNDS = 20 };

static pthread_barrier_t barrier;
static atomic_int serial, arrived[ROUNDS], wrong;

static void *work(void *argument)
{
	for (int round = 0; round < ROUNDS; round++) {
		atomic_fetch_add(&arrived[round], 1);
		int result = pthread_barrier_wait(&barrier);
		if (result == PTHREAD_BARRIER_SERIAL_THREAD)
			atomic_fetch_add(&serial, 1);
		else if (result != 0)
			atomic_fetch_add(&wrong, 1);
		if (atomic_load(&arrived[round]) != THREADS)
			atomic_fetch_add(&wrong, 1);
	}
	return argument;
}

int main(void)
{
	pthread_t threads[THREADS];

	THREAD_CALL(pthread_barrier_init(&barrier, NULL, 0));
	THREAD_CALL(pthread_barrier_init(&barrier, NULL, THREADS));
	for (int index = 0; index < THREADS; index++)
		NEED(pthread_create(&threads[index], NULL, work, NULL) == 0);
	for (int index = 0; index < THREADS; index++)
		pthread_join(threads[index], NULL);
	SHOW(atomic_load(&serial));
	SHOW(atomic_load(&wrong));
	THREAD_CALL(pthread_barrier_destroy(&barrier));
	return 0;
}
