/* A thread that waits for a robust mutex gets it when the owner dies. */
// libc: both
// cpus: 1 2
#include "differ.h"
#include <pthread.h>

static pthread_mutex_t lock;
static atomic_int taken, waiting;

static void *owner(void *argument)
{
	pthread_mutex_lock(&lock);
	atomic_store(&taken, 1);
	WAIT_UNTIL(atomic_load(&waiting));
	pause_ms(5);
	return argument;
}

static void *waiter(void *argument)
{
	WAIT_UNTIL(atomic_load(&taken));
	atomic_store(&waiting, 1);
	THREAD_CALL(pthread_mutex_lock(&lock));
	THREAD_CALL(pthread_mutex_consistent(&lock));
	THREAD_CALL(pthread_mutex_unlock(&lock));
	return argument;
}

int main(void)
{
	pthread_mutexattr_t attributes;
	pthread_t first, second;

	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
	NEED(pthread_mutex_init(&lock, &attributes) == 0);
	NEED(pthread_create(&first, NULL, owner, NULL) == 0);
	NEED(pthread_create(&second, NULL, waiter, NULL) == 0);
	pthread_join(first, NULL);
	pthread_join(second, NULL);
	THREAD_CALL(pthread_mutex_lock(&lock));
	return 0;
}
