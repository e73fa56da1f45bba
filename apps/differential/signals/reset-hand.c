/* SA_RESETHAND: the handler runs once, then the default action is back. */
#include "differ.h"

static volatile sig_atomic_t count;

static void handler(int number)
{
	(void)number;
	count++;
}

int main(void)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = (int)SA_RESETHAND}, old;

	sigaction(SIGTERM, &action, NULL);
	raise(SIGTERM);
	SHOW(count);
	sigaction(SIGTERM, NULL, &old);
	HOLDS(old.sa_handler == SIG_DFL);
	raise(SIGTERM);
	puts("not reached");
	return 0;
}
