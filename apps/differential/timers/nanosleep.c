/* nanosleep and clock_nanosleep sleep at least as long as they should and refuse what is no time. */
// libc: both
#include "differ.h"

int main(void)
{
	struct timespec short_time = timespec_of_ms(15), none = {0}, negative = {.tv_sec = -1}, wrong = {.tv_nsec = 1000000000};
	int64_t start = monotonic_ms();

	CALL(nanosleep(&short_time, NULL));
	HOLDS(monotonic_ms() - start >= 15 - 1);
	CALL(nanosleep(&none, NULL));
	CALL(nanosleep(&negative, NULL));
	CALL(nanosleep(&wrong, NULL));
	CALL(syscall(SYS_nanosleep, 16, NULL));
	struct timespec until = in_ms(CLOCK_MONOTONIC, 15), past = {.tv_sec = 1};
	THREAD_CALL(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL));
	HOLDS(now_ns(CLOCK_MONOTONIC) >= until.tv_sec * 1000000000ll + until.tv_nsec);
	THREAD_CALL(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &past, NULL));
	THREAD_CALL(clock_nanosleep(CLOCK_MONOTONIC, 0, &wrong, NULL));
	THREAD_CALL(clock_nanosleep(77, 0, &short_time, NULL));
	THREAD_CALL(clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &short_time, NULL));
	HOLDS(usleep(1000) == 0);
	HOLDS(sleep(0) == 0);
	return 0;
}
