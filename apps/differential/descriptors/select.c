/* select: sets in and out, the remaining time, what is refused. */
#include "differ.h"
#include <sys/select.h>

int main(void)
{
	struct timeval none = {0}, shortly = {.tv_usec = 15000}, wrong = {.tv_sec = -1};
	fd_set readable, writable;
	int ends[2];

	NEED(pipe(ends) == 0);
	FD_ZERO(&readable);
	FD_ZERO(&writable);
	FD_SET(ends[0], &readable);
	FD_SET(ends[1], &writable);
	CALL(select(ends[1] + 1, &readable, &writable, NULL, &none));
	HOLDS(!FD_ISSET(ends[0], &readable) && FD_ISSET(ends[1], &writable));
	FD_SET(ends[0], &readable);
	CALL(select(ends[1] + 1, &readable, NULL, NULL, &shortly));
	HOLDS(!FD_ISSET(ends[0], &readable));
	NEED(write(ends[1], "x", 1) == 1);
	FD_SET(ends[0], &readable);
	CALL(select(ends[1] + 1, &readable, &writable, NULL, NULL));
	HOLDS(FD_ISSET(ends[0], &readable));
	/* Linux looks no further than the process's table reaches, which holds 64 at least: a closed descriptor below is certain to be told. */
	FD_SET(60, &readable);
	CALL(select(61, &readable, NULL, NULL, &none));
	CALL(select(-1, NULL, NULL, NULL, &none));
	CALL(select(0, NULL, NULL, NULL, &none));
	CALL(select(0, NULL, NULL, NULL, &wrong));
	return 0;
}
