/* A signal ends a wait with EINTR, or restarts it under SA_RESTART, until it is woken or its time is over. */
// cpus: 1 2
#include "futex.h"

static futex_word word;
static atomic_int handled;

static void handler(int number)
{
	(void)number;
	atomic_fetch_add(&handled, 1);
}

static void *wait_once(void *argument)
{
	CALL(futex_wait(&word, 0, argument));
	return NULL;
}

static void interrupt_one(const char *name, int flags, struct timespec *limit)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
	pthread_t thread;

	puts(name);
	sigaction(SIGUSR1, &action, NULL);
	atomic_store(&handled, 0);
	NEED(pthread_create(&thread, NULL, wait_once, limit) == 0);
	await_waiters(&word, FUTEX_PRIVATE_FLAG, 1);
	pthread_kill(thread, SIGUSR1);
	WAIT_UNTIL(atomic_load(&handled) == 1);
	if (limit == NULL && flags & SA_RESTART) {
		await_waiters(&word, FUTEX_PRIVATE_FLAG, 1);
		NEED(futex_wake(&word, 1) == 1);
	}
	pthread_join(thread, NULL);
	SHOW(atomic_load(&handled));
}

int main(void)
{
	struct timespec limit = timespec_of_ms(1500), long_limit = timespec_of_ms(100000);

	interrupt_one("without restart", 0, NULL);
	interrupt_one("with restart", SA_RESTART, NULL);
	interrupt_one("with restart and a limit", SA_RESTART, &limit);
	interrupt_one("without restart, with a limit", 0, &long_limit);
	return 0;
}
