/* A handler runs with the signal's number when the program raises it, and the program goes on after it. */
// libc: both
#include "differ.h"

static volatile sig_atomic_t seen, count;

static void handler(int number)
{
	seen = number;
	count++;
}

int main(void)
{
	const int numbers[] = {SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGTERM, SIGCHLD, SIGWINCH, SIGPROF, SIGRTMIN, 64};

	for (size_t index = 0; index < ARRAY_LENGTH(numbers); index++) {
		signal(numbers[index], handler);
		CALL(raise(numbers[index]));
		printf("%s: %s\n", signal_name(numbers[index]), seen == numbers[index] ? "seen" : "missed");
	}
	CALL(kill(getpid(), SIGTERM));
	SHOW(count);
	return 0;
}
