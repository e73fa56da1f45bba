/* What each kind of mutex answers to its owner and to another thread. */
// libc: both
// cpus: 1 2
#include "differ.h"
#include <pthread.h>

static void *other(void *argument)
{
	pthread_mutex_t *mutex = argument;

	THREAD_CALL(pthread_mutex_trylock(mutex));
	return NULL;
}

static void *other_unlock(void *argument)
{
	pthread_mutex_t *mutex = argument;

	THREAD_CALL(pthread_mutex_unlock(mutex));
	return NULL;
}

static void run(void *(*body)(void *), pthread_mutex_t *mutex)
{
	pthread_t thread;

	NEED(pthread_create(&thread, NULL, body, mutex) == 0);
	pthread_join(thread, NULL);
}

static void make(pthread_mutex_t *mutex, int kind)
{
	pthread_mutexattr_t attributes;
	int seen;

	pthread_mutexattr_init(&attributes);
	THREAD_CALL(pthread_mutexattr_settype(&attributes, kind));
	pthread_mutexattr_gettype(&attributes, &seen);
	HOLDS(seen == kind);
	THREAD_CALL(pthread_mutex_init(mutex, &attributes));
}

int main(void)
{
	pthread_mutex_t normal, checking, recursive;

	puts("normal");
	make(&normal, PTHREAD_MUTEX_NORMAL);
	THREAD_CALL(pthread_mutex_lock(&normal));
	THREAD_CALL(pthread_mutex_trylock(&normal));
	run(other, &normal);
	THREAD_CALL(pthread_mutex_unlock(&normal));
	puts("error-checking");
	make(&checking, PTHREAD_MUTEX_ERRORCHECK);
	THREAD_CALL(pthread_mutex_unlock(&checking));
	THREAD_CALL(pthread_mutex_lock(&checking));
	THREAD_CALL(pthread_mutex_lock(&checking));
	THREAD_CALL(pthread_mutex_trylock(&checking));
	run(other, &checking);
	run(other_unlock, &checking);
	THREAD_CALL(pthread_mutex_unlock(&checking));
	puts("recursive");
	make(&recursive, PTHREAD_MUTEX_RECURSIVE);
	THREAD_CALL(pthread_mutex_lock(&recursive));
	THREAD_CALL(pthread_mutex_lock(&recursive));
	THREAD_CALL(pthread_mutex_trylock(&recursive));
	run(other, &recursive);
	THREAD_CALL(pthread_mutex_unlock(&recursive));
	THREAD_CALL(pthread_mutex_unlock(&recursive));
	run(other, &recursive);
	return 0;
}
