/*
 * ITIMER_VIRTUAL and ITIMER_PROF count the time that the program runs, not the time that it sleeps. Where the host takes a processor away
 * from the guest, that counts as running: the times are long beside it.
 */
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
	struct itimerval soon = {.it_value = {.tv_usec = 200000}};

	signal(SIGVTALRM, handler);
	signal(SIGPROF, handler);
	CALL(setitimer(ITIMER_VIRTUAL, &soon, NULL));
	pause_ms(300);
	SHOW(virtual_count);
	/* Not WAIT_UNTIL: on a busy host what yields gets hardly any time of its own. */
	while (virtual_count == 0)
		;
	CALL(setitimer(ITIMER_PROF, &soon, NULL));
	while (prof_count == 0)
		;
	puts("both came");
	return 0;
}
