/* clock_settime: clocks that cannot be set, times that are none; nothing of it changes a clock. */
#include "differ.h"

int main(void)
{
	struct timespec time = {1, 0}, negative = {-1, 0}, too_many = {0, 1000000000};

	CALL(clock_settime(CLOCK_MONOTONIC, &time));
	CALL(clock_settime(CLOCK_PROCESS_CPUTIME_ID, &time));
	CALL(clock_settime(CLOCK_BOOTTIME, &time));
	CALL(clock_settime(99, &time));
	CALL(clock_settime(CLOCK_REALTIME, &negative));
	CALL(clock_settime(CLOCK_REALTIME, &too_many));
	CALL(syscall(SYS_clock_settime, CLOCK_REALTIME, 16));
	CALL(clock_getres(99, &time));
	CALL(clock_getres(CLOCK_MONOTONIC, NULL));
	CALL(syscall(SYS_clock_getres, CLOCK_MONOTONIC, 16));
	CALL(syscall(SYS_clock_gettime, CLOCK_MONOTONIC_RAW, 16));
	CALL(syscall(SYS_clock_gettime, 99, &time));
	HOLDS(now_ns(CLOCK_REALTIME) > 1000000000ll * 1000000000);
	return 0;
}
