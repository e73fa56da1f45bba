/* While a handler runs its signal and those of sa_mask are blocked; afterwards the old mask is back. */
#include "differ.h"

static volatile sig_atomic_t nested, depth, times, first_blocked, second_blocked;

static void inner(int number)
{
	(void)number;
	nested = depth;
}

static void outer(int number)
{
	sigset_t set;

	depth++;
	sigprocmask(SIG_BLOCK, NULL, &set);
	first_blocked = sigismember(&set, SIGUSR1);
	second_blocked = sigismember(&set, SIGUSR2);
	raise(SIGUSR2);
	if (++times == 1)
		raise(number);
	depth--;
}

int main(void)
{
	struct sigaction action = {.sa_handler = outer};
	sigset_t set;

	nested = -1;
	signal(SIGUSR2, inner);
	sigaddset(&action.sa_mask, SIGUSR2);
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
	SHOW(first_blocked);
	SHOW(second_blocked);
	SHOW(nested);
	SHOW(times);
	sigprocmask(SIG_BLOCK, NULL, &set);
	HOLDS(!sigismember(&set, SIGUSR1) && !sigismember(&set, SIGUSR2));
	return 0;
}
