/* A blocked signal waits, shows in sigpending, comes once however often it was sent, and is delivered when it is unblocked. */
#include "differ.h"

static volatile sig_atomic_t count;

static void handler(int number)
{
	(void)number;
	count++;
}

int main(void)
{
	sigset_t set, pending;

	signal(SIGUSR1, handler);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	for (int time = 0; time < 3; time++)
		CALL(kill(getpid(), SIGUSR1));
	SHOW(count);
	CALL(sigpending(&pending));
	HOLDS(sigismember(&pending, SIGUSR1) == 1 && sigismember(&pending, SIGUSR2) == 0);
	CALL(sigprocmask(SIG_UNBLOCK, &set, NULL));
	SHOW(count);
	sigpending(&pending);
	HOLDS(sigismember(&pending, SIGUSR1) == 0);
	return 0;
}
