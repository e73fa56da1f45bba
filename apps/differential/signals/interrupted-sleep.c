/* A handler ends nanosleep with EINTR and the rest of the time, with SA_RESTART too; an absolute sleep can be resumed. */
// libc: both
#include "alarms.h"

static void sleep_with(int flags)
{
	struct timespec long_time = {.tv_sec = 5000}, rest = {0};

	alarms_begin(count_alarm, flags);
	CALL(nanosleep(&long_time, &rest));
	HOLDS(rest.tv_sec > 4900 && rest.tv_sec <= 5000);
	rest.tv_sec = 0;
	THREAD_CALL(clock_nanosleep(CLOCK_MONOTONIC, 0, &long_time, &rest));
	HOLDS(rest.tv_sec > 4900 && rest.tv_sec <= 5000);
	rest.tv_sec = 1234;
	struct timespec until = in_ms(CLOCK_MONOTONIC, 5000000);
	THREAD_CALL(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, &rest));
	SHOW(rest.tv_sec);
	alarms_end();
	HOLDS(alarm_count >= 3);
}

int main(void)
{
	sleep_with(0);
	sleep_with(SA_RESTART);
	return 0;
}
