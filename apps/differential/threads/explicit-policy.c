/* A thread created with an explicit ordinary policy has it. */
// libc: both
#include "differ.h"
#include <pthread.h>

static void *work(void *argument)
{
	struct sched_param parameter = {.sched_priority = 5};
	int policy;

	THREAD_CALL(pthread_getschedparam(pthread_self(), &policy, &parameter));
	HOLDS(policy == SCHED_OTHER);
	SHOW(parameter.sched_priority);
	return argument;
}

int main(void)
{
	pthread_attr_t attributes;
	struct sched_param parameter = {.sched_priority = 0};
	pthread_t thread;

	pthread_attr_init(&attributes);
	pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attributes, SCHED_OTHER);
	pthread_attr_setschedparam(&attributes, &parameter);
	NEED(pthread_create(&thread, &attributes, work, NULL) == 0);
	THREAD_CALL(pthread_join(thread, NULL));
	return 0;
}
