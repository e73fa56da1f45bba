/* Cleanup functions run last in, first out, then the destructors of keys. */
// libc: both
#include "differ.h"
#include <pthread.h>

static pthread_key_t key;

static void clean(void *text)
{
	printf("cleanup %s\n", (const char *)text);
}

static void destroy(void *text)
{
	printf("destructor %s\n", (const char *)text);
}

static void *work(void *argument)
{
	pthread_setspecific(key, "of the key");
	pthread_cleanup_push(clean, "one");
	pthread_cleanup_push(clean, "two");
	pthread_cleanup_push(clean, "three, by pop");
	pthread_cleanup_pop(1);
	pthread_exit(argument);
	pthread_cleanup_pop(0);
	pthread_cleanup_pop(0);
	return NULL;
}

int main(void)
{
	pthread_t thread;

	THREAD_CALL(pthread_key_create(&key, destroy));
	NEED(pthread_create(&thread, NULL, work, NULL) == 0);
	THREAD_CALL(pthread_join(thread, NULL));
	return 0;
}
