/* A thread's name: at most 15 characters, the creator's at first, changed by others through /proc or by itself. */
// libc: glibc
#include "differ.h"
#include <pthread.h>
#include <sys/prctl.h>

static void *work(void *argument)
{
	char name[16] = "";

	CALL(prctl(PR_GET_NAME, name));
	puts(name);
	THREAD_CALL(pthread_setname_np(pthread_self(), "worker"));
	THREAD_CALL(pthread_getname_np(pthread_self(), name, sizeof name));
	puts(name);
	return argument;
}

int main(void)
{
	pthread_t thread;
	char name[16] = "";

	THREAD_CALL(pthread_setname_np(pthread_self(), "a name that is too long"));
	THREAD_CALL(pthread_setname_np(pthread_self(), "first"));
	NEED(pthread_create(&thread, NULL, work, NULL) == 0);
	THREAD_CALL(pthread_join(thread, NULL));
	THREAD_CALL(pthread_getname_np(pthread_self(), name, sizeof name));
	puts(name);
	THREAD_CALL(pthread_getname_np(pthread_self(), name, 3));
	CALL(prctl(PR_SET_NAME, "cut off after fifteen"));
	CALL(prctl(PR_GET_NAME, name));
	puts(name);
	return 0;
}
