/* ITIMER_VIRTUAL and ITIMER_PROF count the time that the program runs, not the time that it sleeps. */
#include "differ.h"
#include <sys/time.h>

static volatile sig_atomic_t virtual_count, prof_count;

static void handler(int number)
{
	if (number == SIGVTALRM)
		virtual_count++;
	else
		prof_count++;
}

int main(void)
{
	struct itimerval soon = {.it_value = {.tv_usec = 40000}};

	signal(SIGVTALRM, handler);
	signal(SIGPROF, handler);
	CALL(setitimer(ITIMER_VIRTUAL, &soon, NULL));
	pause_ms(100);
	SHOW(virtual_count);
	WAIT_UNTIL(virtual_count == 1);
	CALL(setitimer(ITIMER_PROF, &soon, NULL));
	WAIT_UNTIL(prof_count == 1);
	puts("both came");
	return 0;
}
