/* ppoll and pselect let a blocked signal in for as long as they wait, and restore the mask. */
#include "differ.h"
#include <poll.h>
#include <sys/select.h>

static volatile sig_atomic_t count;

static void handler(int number)
{
	(void)number;
	count++;
}

int main(void)
{
	struct timespec long_time = {.tv_sec = 50}, shortly = timespec_of_ms(5), wrong = {.tv_nsec = -1};
	sigset_t blocked, none, after;

	signal(SIGUSR1, handler);
	sigemptyset(&none);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	raise(SIGUSR1);
	SHOW(count);
	CALL(ppoll(NULL, 0, &long_time, &none));
	SHOW(count);
	raise(SIGUSR1);
	CALL(ppoll(NULL, 0, &shortly, &blocked));
	SHOW(count);
	CALL(pselect(0, NULL, NULL, NULL, &long_time, &none));
	SHOW(count);
	sigprocmask(SIG_BLOCK, NULL, &after);
	HOLDS(sigismember(&after, SIGUSR1));
	CALL(ppoll(NULL, 0, &wrong, NULL));
	HOLDS(long_time.tv_sec == 50);
	return 0;
}
