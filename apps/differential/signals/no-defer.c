/* With SA_NODEFER a handler is interrupted by its own signal. */
#include "differ.h"

static volatile sig_atomic_t depth, deepest, count;

static void handler(int number)
{
	if (++depth > deepest)
		deepest = depth;
	if (++count < 5)
		raise(number);
	depth--;
}

int main(void)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_NODEFER};

	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
	SHOW(deepest);
	deepest = count = 0;
	action.sa_flags = 0;
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
	SHOW(deepest);
	return 0;
}
