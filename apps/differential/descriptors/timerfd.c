/* timerfd: one shot, repetition, absolute times, what is left, what is refused. */
#include "differ.h"
#include <sys/timerfd.h>

int main(void)
{
	struct itimerspec once = {.it_value.tv_nsec = 5000000}, often = {{.tv_nsec = 3000000}, {.tv_nsec = 3000000}}, never = {0}, seen;
	struct itimerspec wrong = {.it_value.tv_nsec = 1000000000}, past = {.it_value.tv_sec = 1};
	uint64_t count = 0, total = 0;
	int timer = timerfd_create(CLOCK_MONOTONIC, 0), lazy = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);

	SHOW(timer);
	CALL(timerfd_gettime(timer, &seen));
	HOLDS(seen.it_value.tv_sec == 0 && seen.it_value.tv_nsec == 0);
	CALL(read(lazy, &count, 8));
	CALL(timerfd_settime(timer, 0, &once, NULL));
	CALL(read(timer, &count, 8));
	SHOW(count);
	CALL(timerfd_settime(timer, 0, &often, NULL));
	for (int time = 0; time < 3; time++) {
		NEED(read(timer, &count, 8) == 8);
		total += count;
	}
	HOLDS(total >= 3);
	CALL(timerfd_settime(timer, 0, &never, &seen));
	HOLDS(seen.it_interval.tv_nsec == 3000000);
	CALL(timerfd_settime(timer, TFD_TIMER_ABSTIME, &past, NULL));
	CALL(read(timer, &count, 8));
	SHOW(count);
	CALL(read(timer, &count, 4));
	CALL(timerfd_settime(timer, 0, &wrong, NULL));
	CALL(timerfd_settime(timer, 0x100, &once, NULL));
	CALL(timerfd_settime(1, 0, &once, NULL));
	CALL(timerfd_create(77, 0));
	CALL(timerfd_create(CLOCK_MONOTONIC, 0x100));
	CALL(write(timer, &count, 8));
	return 0;
}
