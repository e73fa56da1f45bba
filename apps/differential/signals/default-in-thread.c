/* A fatal signal to one thread ends the whole process. */
// cpus: 1 2
#include "differ.h"
#include <pthread.h>

static void *wait_for_ever(void *argument)
{
	for (;;)
		pause();
	return argument;
}

int main(void)
{
	pthread_t thread;

	NEED(pthread_create(&thread, NULL, wait_for_ever, NULL) == 0);
	puts("before");
	pthread_kill(thread, SIGQUIT);
	for (;;)
		pause();
}
