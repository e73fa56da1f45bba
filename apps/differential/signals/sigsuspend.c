/* sigsuspend lets a blocked signal in, answers EINTR, and puts the mask back. */
#include "differ.h"

static volatile sig_atomic_t count, second_was_blocked;

static void handler(int number)
{
	sigset_t set;

	(void)number;
	count++;
	sigprocmask(SIG_BLOCK, NULL, &set);
	second_was_blocked = sigismember(&set, SIGUSR2);
}

int main(void)
{
	sigset_t blocked, during, after;

	signal(SIGUSR1, handler);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	raise(SIGUSR1);
	SHOW(count);
	sigemptyset(&during);
	sigaddset(&during, SIGUSR2);
	CALL(sigsuspend(&during));
	SHOW(count);
	SHOW(second_was_blocked);
	sigprocmask(SIG_BLOCK, NULL, &after);
	HOLDS(sigismember(&after, SIGUSR1) && !sigismember(&after, SIGUSR2));
	CALL(syscall(SYS_rt_sigsuspend, &during, 4));
	CALL(syscall(SYS_rt_sigsuspend, 16, 8));
	return 0;
}
