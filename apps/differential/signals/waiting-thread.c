/* One thread waits for all signals by sigwait, the usual way to handle them in threaded programs. */
// libc: both
// cpus: 1 2
#include "differ.h"
#include <pthread.h>

static atomic_int received;

static void *wait_for_signals(void *argument)
{
	int number = 0;

	while (number != SIGTERM) {
		THREAD_CALL(sigwait(argument, &number));
		puts(signal_name(number));
		atomic_fetch_add(&received, 1);
	}
	return NULL;
}

int main(void)
{
	static const int numbers[] = {SIGUSR1, SIGUSR2, SIGALRM, SIGHUP, SIGTERM};
	pthread_t thread;
	sigset_t set;

	sigfillset(&set);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	NEED(pthread_create(&thread, NULL, wait_for_signals, &set) == 0);
	for (int index = 0; index < (int)ARRAY_LENGTH(numbers); index++) {
		kill(getpid(), numbers[index]);
		WAIT_UNTIL(atomic_load(&received) == index + 1);
	}
	pthread_join(thread, NULL);
	return 0;
}
