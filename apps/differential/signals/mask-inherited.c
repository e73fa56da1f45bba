/* A new thread has its creator's mask; pending signals of a thread are not inherited and do not outlive it. */
// cpus: 1 2
#include "differ.h"
#include <pthread.h>

static void *work(void *argument)
{
	sigset_t mask, pending;

	pthread_sigmask(SIG_BLOCK, NULL, &mask);
	HOLDS(sigismember(&mask, SIGUSR1) && !sigismember(&mask, SIGUSR2));
	sigpending(&pending);
	HOLDS(!sigismember(&pending, SIGUSR1));
	pthread_kill(pthread_self(), SIGUSR1);
	sigpending(&pending);
	HOLDS(sigismember(&pending, SIGUSR1));
	return argument;
}

int main(void)
{
	sigset_t set, pending;
	pthread_t thread;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	pthread_kill(pthread_self(), SIGUSR1);
	NEED(pthread_create(&thread, NULL, work, NULL) == 0);
	pthread_join(thread, NULL);
	sigpending(&pending);
	HOLDS(sigismember(&pending, SIGUSR1));
	return 0;
}
