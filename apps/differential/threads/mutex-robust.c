/* The next owner of a robust mutex learns that the last one died, and may repair it or not. */
// libc: both
// cpus: 1 2
#include "differ.h"
#include <pthread.h>

static pthread_mutex_t lock;

static void *take_and_die(void *argument)
{
	THREAD_CALL(pthread_mutex_lock(&lock));
	return argument;
}

static void let_one_die(void)
{
	pthread_t thread;

	NEED(pthread_create(&thread, NULL, take_and_die, NULL) == 0);
	pthread_join(thread, NULL);
}

int main(void)
{
	pthread_mutexattr_t attributes;

	pthread_mutexattr_init(&attributes);
	THREAD_CALL(pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST));
	THREAD_CALL(pthread_mutex_init(&lock, &attributes));
	let_one_die();
	THREAD_CALL(pthread_mutex_lock(&lock));
	THREAD_CALL(pthread_mutex_consistent(&lock));
	THREAD_CALL(pthread_mutex_unlock(&lock));
	let_one_die();
	THREAD_CALL(pthread_mutex_trylock(&lock));
	THREAD_CALL(pthread_mutex_unlock(&lock));
	THREAD_CALL(pthread_mutex_lock(&lock));
	THREAD_CALL(pthread_mutex_consistent(&lock));
	return 0;
}
