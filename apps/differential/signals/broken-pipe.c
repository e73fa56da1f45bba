/* Writing to a pipe that nobody reads: SIGPIPE, and EPIPE if it is ignored, blocked or handled. */
#include "differ.h"

static volatile sig_atomic_t count;

static void handler(int number)
{
	(void)number;
	count++;
}

int main(void)
{
	int ends[2];

	NEED(pipe(ends) == 0);
	CALL(close(ends[0]));
	signal(SIGPIPE, SIG_IGN);
	CALL(write(ends[1], "x", 1));
	signal(SIGPIPE, handler);
	CALL(write(ends[1], "x", 1));
	SHOW(count);
	CALL(write(ends[1], "x", 0));
	signal(SIGPIPE, SIG_DFL);
	write(ends[1], "x", 1);
	puts("not reached");
	return 0;
}
