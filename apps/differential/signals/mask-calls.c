/* rt_sigprocmask: blocking, unblocking, setting, what can never be blocked, what is refused. */
#include "differ.h"

static void show(const char *what)
{
	sigset_t set;

	sigprocmask(SIG_BLOCK, NULL, &set);
	printf("%s:", what);
	for (int number = 1; number < 32; number++)
		if (sigismember(&set, number))
			printf(" %s", signal_name(number));
	putchar('\n');
}

int main(void)
{
	sigset_t set;

	show("at first");
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGKILL);
	sigaddset(&set, SIGSTOP);
	CALL(sigprocmask(SIG_BLOCK, &set, NULL));
	show("blocked");
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigaddset(&set, SIGTERM);
	CALL(sigprocmask(SIG_BLOCK, &set, NULL));
	show("more");
	CALL(sigprocmask(SIG_UNBLOCK, &set, NULL));
	show("fewer");
	CALL(sigprocmask(SIG_SETMASK, &set, NULL));
	show("set");
	CALL(syscall(SYS_rt_sigprocmask, 77, &set, NULL, 8));
	CALL(syscall(SYS_rt_sigprocmask, 77, NULL, NULL, 8));
	CALL(syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, NULL, 16));
	CALL(syscall(SYS_rt_sigprocmask, SIG_BLOCK, 16, NULL, 8));
	CALL(syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, 16, 8));
	return 0;
}
