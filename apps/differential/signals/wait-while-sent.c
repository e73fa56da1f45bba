/* A blocked signal whose default action ends the program goes to the thread that waits for it, also when the wait has begun already. */
// cpus: 1 2
#include "differ.h"
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { SENDS = 40 };

static volatile int waiter;

static void *wait_for_signals(void *argument)
{
	sigset_t *set = argument;

	waiter = (int)syscall(SYS_gettid);
	for (int count = 0; count < 3 * SENDS; count++) {
		siginfo_t information;
		int signal = sigwaitinfo(set, &information);
		if (signal != SIGRTMIN + 1)
			SHOW(signal);
	}
	return NULL;
}

int main(void)
{
	sigset_t set;
	pthread_t thread;
	struct timespec pause = { 0, 1000000 };

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN + 1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	pthread_create(&thread, NULL, wait_for_signals, &set);
	while (waiter == 0)
		nanosleep(&pause, NULL);
	for (int count = 0; count < SENDS; count++) {
		nanosleep(&pause, NULL);
		kill(getpid(), SIGRTMIN + 1);
		syscall(SYS_tgkill, getpid(), waiter, SIGRTMIN + 1);
		syscall(SYS_tgkill, getpid(), waiter, SIGRTMIN + 1);
	}
	SHOW(pthread_join(thread, NULL));
	return 0;
}
