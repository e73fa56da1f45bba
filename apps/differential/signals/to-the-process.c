/* A signal to the process goes to a thread that does not block it. */
// cpus: 1 2
#include "differ.h"
#include <pthread.h>

static _Thread_local bool is_receiver;
static atomic_int hits, wrong, finish, ready;

static void handler(int number)
{
	(void)number;
	atomic_fetch_add(is_receiver ? &hits : &wrong, 1);
}

static void *receive(void *argument)
{
	sigset_t set;

	is_receiver = true;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	atomic_store(&ready, 1);
	while (!atomic_load(&finish))
		pause_ms(1);
	return argument;
}

int main(void)
{
	pthread_t thread;
	sigset_t set;

	signal(SIGUSR1, handler);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	NEED(pthread_create(&thread, NULL, receive, NULL) == 0);
	WAIT_UNTIL(atomic_load(&ready));
	for (int time = 0; time < 5; time++) {
		CALL(kill(getpid(), SIGUSR1));
		WAIT_UNTIL(atomic_load(&hits) == time + 1);
	}
	atomic_store(&finish, 1);
	pthread_join(thread, NULL);
	SHOW(atomic_load(&wrong));
	return 0;
}
