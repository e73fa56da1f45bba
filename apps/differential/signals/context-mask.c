/* The mask in the handler's context is the one that returns; a handler may change it. */
#include "differ.h"
#include <ucontext.h>

static int had_second;

static void handler(int number, siginfo_t *info, void *context)
{
	ucontext_t *machine = context;

	(void)number;
	(void)info;
	had_second = sigismember(&machine->uc_sigmask, SIGUSR2);
	sigaddset(&machine->uc_sigmask, SIGTERM);
	sigdelset(&machine->uc_sigmask, SIGUSR2);
}

int main(void)
{
	struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_SETMASK, &set, NULL);
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
	SHOW(had_second);
	sigprocmask(SIG_BLOCK, NULL, &set);
	HOLDS(sigismember(&set, SIGTERM) && !sigismember(&set, SIGUSR2) && !sigismember(&set, SIGUSR1));
	return 0;
}
