/* What attributes keep and refuse. */
// libc: both
#include "differ.h"
#include <pthread.h>

int main(void)
{
	pthread_attr_t attributes;
	struct sched_param parameter = {.sched_priority = 0};
	size_t size;
	int value;

	THREAD_CALL(pthread_attr_init(&attributes));
	THREAD_CALL(pthread_attr_getdetachstate(&attributes, &value));
	HOLDS(value == PTHREAD_CREATE_JOINABLE);
	THREAD_CALL(pthread_attr_getguardsize(&attributes, &size));
	HOLDS(size >= 4096);
	THREAD_CALL(pthread_attr_setguardsize(&attributes, 8192));
	THREAD_CALL(pthread_attr_getguardsize(&attributes, &size));
	SHOW(size);
	THREAD_CALL(pthread_attr_setstacksize(&attributes, 1 * MIB));
	THREAD_CALL(pthread_attr_getstacksize(&attributes, &size));
	SHOW(size);
	THREAD_CALL(pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED));
	THREAD_CALL(pthread_attr_getinheritsched(&attributes, &value));
	HOLDS(value == PTHREAD_EXPLICIT_SCHED);
	THREAD_CALL(pthread_attr_setschedpolicy(&attributes, SCHED_OTHER));
	THREAD_CALL(pthread_attr_setschedparam(&attributes, &parameter));
	THREAD_CALL(pthread_attr_getschedpolicy(&attributes, &value));
	HOLDS(value == SCHED_OTHER);
	THREAD_CALL(pthread_attr_destroy(&attributes));
	return 0;
}
