/* An ignored signal is dropped, also if it was pending; signals that are ignored by default end nobody. */
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
	raise(SIGUSR1);
	signal(SIGUSR1, SIG_IGN);
	sigpending(&pending);
	HOLDS(!sigismember(&pending, SIGUSR1));
	signal(SIGUSR1, handler);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	SHOW(count);
	signal(SIGTERM, SIG_IGN);
	CALL(raise(SIGTERM));
	CALL(raise(SIGCHLD));
	CALL(raise(SIGURG));
	CALL(raise(SIGWINCH));
	CALL(raise(SIGCONT));
	puts("still here");
	return 0;
}
