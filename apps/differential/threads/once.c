/* pthread_once runs its function once, and everybody waits until it is done. */
// libc: both
// cpus: 1 2
#include "differ.h"
#include <pthread.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static atomic_int runs, finished, early;

static void initialise(void)
{
	atomic_fetch_add(&runs, 1);
	pause_ms(5);
	atomic_store(&finished, 1);
}

static void *work(void *argument)
{
	pthread_once(&once, initialise);
	if (!atomic_load(&finished))
		atomic_fetch_add(&early, 1);
	return argument;
}

int main(void)
{
	pthread_t threads[8];

	for (int index = 0; index < 8; index++)
		NEED(pthread_create(&threads[index], NULL, work, NULL) == 0);
	for (int index = 0; index < 8; index++)
		pthread_join(threads[index], NULL);
	SHOW(atomic_load(&runs));
	SHOW(atomic_load(&early));
	return 0;
}
