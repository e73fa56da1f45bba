/* A signal that was pending and blocked ends the new program by its default action as soon as that lets it. */
#include "exec.h"

int main(int count, char **arguments)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	if (step_of(count, arguments) == 0) {
		NEED(signal(SIGALRM, SIG_DFL) != SIG_ERR && sigprocmask(SIG_BLOCK, &set, NULL) == 0);
		NEED(raise(SIGALRM) == 0);
		start(SELF, 1, NULL);
		return 1;
	}
	puts("still there");
	NEED(sigprocmask(SIG_UNBLOCK, &set, NULL) == 0);
	puts("never printed");
	return 0;
}
