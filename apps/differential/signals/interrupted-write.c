/* write into a full pipe is interrupted with what it has written so far, or with EINTR if that is nothing. */
#include "differ.h"
#include <fcntl.h>
#include <sys/time.h>

static void handler(int number)
{
	(void)number;
}

int main(void)
{
	struct sigaction action = {.sa_handler = handler};
	struct itimerval soon = {.it_value = {.tv_usec = 10000}, .it_interval = {.tv_usec = 10000}};
	static char bytes[200000];
	int ends[2];

	NEED(pipe(ends) == 0);
	SHOW(fcntl(ends[1], F_GETPIPE_SZ));
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	CALL(write(ends[1], bytes, sizeof bytes));
	CALL(write(ends[1], bytes, 1));
	return 0;
}
