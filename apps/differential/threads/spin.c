/* Spin locks exclude, and trying says EBUSY. */
// libc: both
// cpus: 1 2
#include "differ.h"
#include <pthread.h>

static pthread_spinlock_t lock;
static long counter;

static void *count(void *argument)
{
	for (int step = 0; step < 3000; step++) {
		pthread_spin_lock(&lock);
		counter++;
		pthread_spin_unlock(&lock);
	}
	return argument;
}

int main(void)
{
	pthread_t threads[3];

	THREAD_CALL(pthread_spin_init(&lock, PTHREAD_PROCESS_PRIVATE));
	for (int index = 0; index < 3; index++)
		NEED(pthread_create(&threads[index], NULL, count, NULL) == 0);
	for (int index = 0; index < 3; index++)
		pthread_join(threads[index], NULL);
	SHOW(counter);
	THREAD_CALL(pthread_spin_trylock(&lock));
	THREAD_CALL(pthread_spin_trylock(&lock));
	THREAD_CALL(pthread_spin_unlock(&lock));
	return 0;
}
