/* Real-time signals queue: each one comes, in order, with its value; lower numbers come first. */
#include "differ.h"

static int order[32], values[32], codes[32];
static volatile sig_atomic_t count;

static void handler(int number, siginfo_t *info, void *context)
{
	(void)context;
	order[count] = number - SIGRTMIN;
	values[count] = info->si_value.sival_int;
	codes[count++] = info->si_code == SI_QUEUE && info->si_pid == getpid();
}

int main(void)
{
	struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
	sigset_t set;

	sigfillset(&action.sa_mask);
	sigemptyset(&set);
	for (int number = 0; number < 3; number++) {
		sigaction(SIGRTMIN + number, &action, NULL);
		sigaddset(&set, SIGRTMIN + number);
	}
	sigprocmask(SIG_BLOCK, &set, NULL);
	for (int round = 0; round < 3; round++)
		for (int number = 2; number >= 0; number--)
			NEED(sigqueue(getpid(), SIGRTMIN + number, (union sigval){.sival_int = 10 * round + number}) == 0);
	SHOW(count);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	for (int index = 0; index < count; index++)
		printf("SIGRTMIN+%d with %d, %s\n", order[index], values[index], codes[index] ? "queued by us" : "another origin");
	return 0;
}
