/* Readers never see what a writer has half done. */
// libc: both
// cpus: 1 2
#include "differ.h"
#include <pthread.h>

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static volatile long left, right;
static atomic_long torn;

static void *read_both(void *argument)
{
	for (int step = 0; step < 2000; step++) {
		pthread_rwlock_rdlock(&lock);
		if (left != right)
			atomic_fetch_add(&torn, 1);
		pthread_rwlock_unlock(&lock);
	}
	return argument;
}

static void *write_both(void *argument)
{
	for (int step = 0; step < 1000; step++) {
		pthread_rwlock_wrlock(&lock);
		left++;
		if (step % 100 == 0)
			sched_yield();
		right++;
		pthread_rwlock_unlock(&lock);
	}
	return argument;
}

int main(void)
{
	pthread_t threads[5];

	for (int index = 0; index < 5; index++)
		NEED(pthread_create(&threads[index], NULL, index < 3 ? read_both : write_both, NULL) == 0);
	for (int index = 0; index < 5; index++)
		pthread_join(threads[index], NULL);
	SHOW(left);
	SHOW(right);
	SHOW(atomic_load(&torn));
	return 0;
}
