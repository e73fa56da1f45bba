/* Handlers go, ignored signals stay ignored; masks and pending signals stay, alternate stack and flags do not. */
// libc: both
#include "exec.h"

static void handler(int number)
{
	printf("handler of %s\n", signal_name(number));
}

static const char *action_name(int number)
{
	struct sigaction action;

	NEED(sigaction(number, NULL, &action) == 0);
	return action.sa_handler == SIG_DFL ? "default" : action.sa_handler == SIG_IGN ? "ignored" : "handled";
}

static void prepare(void)
{
	static char stack[65536];
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART | SA_ONSTACK | SA_NODEFER};
	stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
	sigset_t set;

	sigfillset(&action.sa_mask);
	NEED(sigaction(SIGUSR1, &action, NULL) == 0 && sigaction(SIGCHLD, &action, NULL) == 0);
	NEED(sigaction(SIGRTMIN + 3, &action, NULL) == 0);
	action.sa_handler = SIG_IGN;
	NEED(sigaction(SIGUSR2, &action, NULL) == 0 && sigaction(SIGPIPE, &action, NULL) == 0);
	NEED(sigaltstack(&alternate, NULL) == 0);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGRTMIN + 3);
	NEED(sigprocmask(SIG_SETMASK, &set, NULL) == 0);
	NEED(raise(SIGUSR1) == 0 && kill(getpid(), SIGTERM) == 0);
	for (int value = 1; value <= 3; value++)
		NEED(sigqueue(getpid(), SIGRTMIN + 3, (union sigval){.sival_int = value * 11}) == 0);
}

static void show_pending(void)
{
	sigset_t set;
	siginfo_t info;

	NEED(sigpending(&set) == 0);
	for (int number = 1; number <= SIGRTMAX; number++)
		if (sigismember(&set, number) == 1)
			printf("pending: %s\n", signal_name(number));
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN + 3);
	for (int index = 0; index < 3; index++) {
		NEED(sigwaitinfo(&set, &info) == SIGRTMIN + 3);
		printf("queued value %d\n", info.si_value.sival_int);
	}
}

int main(int count, char **arguments)
{
	struct sigaction action;
	stack_t alternate;
	sigset_t set;

	if (step_of(count, arguments) == 0) {
		prepare();
		start(SELF, 1, NULL);
		return 1;
	}
	printf("%s %s %s %s %s\n", action_name(SIGUSR1), action_name(SIGCHLD), action_name(SIGRTMIN + 3),
	       action_name(SIGUSR2), action_name(SIGPIPE));
	NEED(sigaction(SIGUSR2, NULL, &action) == 0);
	SHOW(action.sa_flags & (SA_RESTART | SA_ONSTACK | SA_NODEFER));
	HOLDS(sigismember(&action.sa_mask, SIGINT) == 0);
	NEED(sigaltstack(NULL, &alternate) == 0);
	HOLDS(alternate.ss_flags == SS_DISABLE);
	NEED(sigprocmask(SIG_SETMASK, NULL, &set) == 0);
	for (int number = 1; number <= SIGRTMAX; number++)
		if (sigismember(&set, number) == 1)
			printf("blocked: %s\n", signal_name(number));
	show_pending();
	NEED(signal(SIGTERM, handler) != SIG_ERR && signal(SIGUSR1, handler) != SIG_ERR);
	sigemptyset(&set);
	NEED(sigprocmask(SIG_SETMASK, &set, NULL) == 0);
	NEED(raise(SIGUSR2) == 0);
	puts("USR2 is ignored");
	return 0;
}
