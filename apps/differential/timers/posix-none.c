/* SIGEV_NONE only counts down; an absolute time in the past is over at once. */
#include "differ.h"

int main(void)
{
	struct sigevent event = {.sigev_notify = SIGEV_NONE};
	struct itimerspec late = {.it_value.tv_sec = 9000}, seen;
	timer_t timer;

	CALL(timer_create(CLOCK_REALTIME, &event, &timer));
	CALL(timer_settime(timer, 0, &late, NULL));
	CALL(timer_gettime(timer, &seen));
	HOLDS(seen.it_value.tv_sec > 8900 && seen.it_value.tv_sec <= 9000);
	late.it_value = (struct timespec){.tv_sec = 1};
	CALL(timer_settime(timer, TIMER_ABSTIME, &late, &seen));
	CALL(timer_gettime(timer, &seen));
	HOLDS(seen.it_value.tv_sec == 0 && seen.it_value.tv_nsec == 0);
	return 0;
}
