/* SIGKILL ends the process, whichever thread sends it. */
// cpus: 1 2
#include "differ.h"
#include <pthread.h>

static void *end_all(void *argument)
{
	kill(getpid(), SIGKILL);
	return argument;
}

int main(void)
{
	pthread_t thread;
	sigset_t set;

	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	puts("before");
	NEED(pthread_create(&thread, NULL, end_all, NULL) == 0);
	for (;;)
		pause();
}
