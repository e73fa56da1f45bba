/* read of an empty pipe: EINTR without SA_RESTART, started again with it; what was read before the signal is kept. */
// libc: both
#include "differ.h"
#include <sys/time.h>

static int ends[2];
static volatile sig_atomic_t count;

static void handler(int number)
{
	(void)number;
	if (++count % 2 == 0)
		NEED(write(ends[1], "x", 1) == 1);
}

int main(void)
{
	struct sigaction action = {.sa_handler = handler};
	struct itimerval soon = {.it_value = {.tv_usec = 10000}, .it_interval = {.tv_usec = 10000}}, never = {0};
	char bytes[8];

	NEED(pipe(ends) == 0);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	CALL(read(ends[0], bytes, sizeof bytes));
	setitimer(ITIMER_REAL, &never, NULL);
	SHOW(count);
	action.sa_flags = SA_RESTART;
	count = 0;
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	CALL(read(ends[0], bytes, sizeof bytes));
	setitimer(ITIMER_REAL, &never, NULL);
	HOLDS(count >= 2);
	return 0;
}
