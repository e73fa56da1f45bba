/* A signal that is not waited for interrupts sigwaitinfo with EINTR after its handler. */
// cpus: 1 2
#include "differ.h"
#include <pthread.h>

static atomic_int handled, interrupted;

static void handler(int number)
{
	(void)number;
	atomic_fetch_add(&handled, 1);
}

static void *wait_for_it(void *argument)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	/* Not by the library: musl waits again by itself. */
	CALL(syscall(SYS_rt_sigtimedwait, &set, NULL, NULL, 8));
	HOLDS(atomic_load(&handled) > 0);
	atomic_store(&interrupted, 1);
	/* A last SIGUSR2 may still be on its way, and glibc answers EINTR. */
	int number;
	while ((number = sigwaitinfo(&set, NULL)) == -1 && errno == EINTR)
		;
	HOLDS(number == SIGUSR1);
	return argument;
}

int main(void)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
	pthread_t thread;

	sigaction(SIGUSR2, &action, NULL);
	NEED(pthread_create(&thread, NULL, wait_for_it, NULL) == 0);
	/* Again and again: one signal alone might come before the wait. */
	while (!atomic_load(&interrupted)) {
		pthread_kill(thread, SIGUSR2);
		pause_ms(1);
	}
	pthread_kill(thread, SIGUSR1);
	pthread_join(thread, NULL);
	return 0;
}
