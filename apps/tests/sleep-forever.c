/*
 * Sleeps for ever: the machine is halted when the signal comes.
 */
#include <stdio.h>
#include <time.h>

int main(void)
{
	struct timespec long_time = {1000000, 0};

	printf("sleeping\n");
	fflush(stdout);
	for (;;)
		nanosleep(&long_time, NULL);
}
