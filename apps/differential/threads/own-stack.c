/* A thread on a stack that the program gives it runs there. */
// libc: both
#include "differ.h"
#include <pthread.h>

static char stack[256 * KIB] __attribute__((aligned(4096)));

static void *work(void *argument)
{
	volatile char local[1000];

	memset((char *)local, 1, sizeof local);
	HOLDS((char *)local >= stack && (char *)local < stack + sizeof stack);
	return argument;
}

int main(void)
{
	pthread_attr_t attributes;
	pthread_t thread;
	size_t size;
	void *address;

	pthread_attr_init(&attributes);
	THREAD_CALL(pthread_attr_setstack(&attributes, stack, sizeof stack));
	THREAD_CALL(pthread_attr_getstack(&attributes, &address, &size));
	HOLDS(address == stack);
	SHOW(size);
	NEED(pthread_create(&thread, &attributes, work, NULL) == 0);
	THREAD_CALL(pthread_join(thread, NULL));
	THREAD_CALL(pthread_attr_setstacksize(&attributes, 100));
	return 0;
}
