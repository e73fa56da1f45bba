/* Threads signal each other; queued real-time signals are all received. */
// cpus: 1 2 4
#include "differ.h"
#include <pthread.h>

enum { THREADS = 4, EACH = 300 };

static pthread_t threads[THREADS];
/* The first with the main thread: nobody looks at `threads` before all of them are in it. */
static pthread_barrier_t begin, end;
static atomic_int received, refused;

static void handler(int number)
{
	(void)number;
	atomic_fetch_add(&received, 1);
}

static void *work(void *argument)
{
	long self = (long)argument;

	pthread_barrier_wait(&begin);
	for (int step = 0; step < EACH; step++)
		if (pthread_kill(threads[(self + 1 + step % (THREADS - 1)) % THREADS], SIGRTMIN + 3) != 0)
			atomic_fetch_add(&refused, 1);
	WAIT_UNTIL(atomic_load(&received) == THREADS * EACH);
	pthread_barrier_wait(&end);
	return NULL;
}

int main(void)
{
	signal(SIGRTMIN + 3, handler);
	pthread_barrier_init(&begin, NULL, THREADS + 1);
	pthread_barrier_init(&end, NULL, THREADS);
	for (long index = 0; index < THREADS; index++)
		NEED(pthread_create(&threads[index], NULL, work, (void *)index) == 0);
	pthread_barrier_wait(&begin);
	for (int index = 0; index < THREADS; index++)
		pthread_join(threads[index], NULL);
	SHOW(atomic_load(&received));
	SHOW(atomic_load(&refused));
	return 0;
}
