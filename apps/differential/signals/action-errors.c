/* What rt_sigaction refuses, and what it tells about the old action. */
#include "differ.h"

static void handler(int number)
{
	(void)number;
}

int main(void)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART | SA_NODEFER}, old;

	sigaddset(&action.sa_mask, SIGUSR2);
	CALL(sigaction(SIGUSR1, &action, NULL));
	CALL(sigaction(SIGUSR1, NULL, &old));
	HOLDS(old.sa_handler == handler);
	HOLDS((old.sa_flags & (SA_RESTART | SA_NODEFER | SA_SIGINFO | SA_ONSTACK)) == (SA_RESTART | SA_NODEFER));
	HOLDS(sigismember(&old.sa_mask, SIGUSR2) == 1 && sigismember(&old.sa_mask, SIGUSR1) == 0);
	CALL(sigaction(SIGUSR2, NULL, &old));
	HOLDS(old.sa_handler == SIG_DFL);
	CALL(sigaction(SIGKILL, &action, NULL));
	CALL(sigaction(SIGSTOP, &action, NULL));
	CALL(sigaction(SIGKILL, NULL, &old));
	CALL(syscall(SYS_rt_sigaction, 65, NULL, &old, 8));
	CALL(syscall(SYS_rt_sigaction, 0, NULL, &old, 8));
	CALL(syscall(SYS_rt_sigaction, SIGUSR1, NULL, NULL, 4));
	CALL(syscall(SYS_rt_sigaction, SIGUSR1, 16, NULL, 8));
	CALL(syscall(SYS_rt_sigaction, SIGUSR1, NULL, 16, 8));
	return 0;
}
