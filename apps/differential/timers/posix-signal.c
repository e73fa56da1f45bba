/* timer_create with a signal: its value and code arrive, repetition works, deleting ends it. */
// libc: both
#include "differ.h"

static volatile sig_atomic_t count, value, code_is_timer;

static void handler(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)context;
	value = info->si_value.sival_int;
	code_is_timer = info->si_code == SI_TIMER;
	count++;
}

int main(void)
{
	struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN, .sigev_value.sival_int = 42};
	struct itimerspec once = {.it_value.tv_nsec = 3000000}, often = {{.tv_nsec = 2000000}, {.tv_nsec = 1000000}}, seen;
	timer_t timer;

	sigaction(SIGRTMIN, &action, NULL);
	CALL(timer_create(CLOCK_MONOTONIC, &event, &timer));
	CALL(timer_gettime(timer, &seen));
	HOLDS(seen.it_value.tv_sec == 0 && seen.it_value.tv_nsec == 0);
	CALL(timer_settime(timer, 0, &once, NULL));
	WAIT_UNTIL(count == 1);
	SHOW(value);
	SHOW(code_is_timer);
	CALL(timer_settime(timer, 0, &often, NULL));
	WAIT_UNTIL(count >= 5);
	CALL(timer_gettime(timer, &seen));
	HOLDS(seen.it_interval.tv_nsec == 2000000);
	CALL(timer_delete(timer));
	return 0;
}
