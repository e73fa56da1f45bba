/* Clocks: which exist, how fine they are, that they go forward, and who may set them. */
// libc: both
#include "differ.h"
#include <sys/time.h>

int main(void)
{
	static const int clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID,
								 CLOCK_MONOTONIC_RAW, CLOCK_REALTIME_COARSE, CLOCK_MONOTONIC_COARSE, CLOCK_BOOTTIME, CLOCK_TAI};
	struct timespec now, resolution, before;
	struct timeval day;

	for (size_t index = 0; index < ARRAY_LENGTH(clocks); index++) {
		printf("clock %d\n", clocks[index]);
		CALL(clock_gettime(clocks[index], &now));
		CALL(clock_getres(clocks[index], &resolution));
		HOLDS(resolution.tv_sec == 0 && resolution.tv_nsec >= 1 && resolution.tv_nsec <= 10000000);
		clock_gettime(clocks[index], &before);
		int backwards = 0;
		for (int step = 0; step < 1000; step++) {
			clock_gettime(clocks[index], &now);
			backwards += now.tv_sec < before.tv_sec || (now.tv_sec == before.tv_sec && now.tv_nsec < before.tv_nsec);
			before = now;
		}
		SHOW(backwards);
	}
	CALL(clock_gettime(77, &now));
	CALL(clock_getres(77, &now));
	CALL(clock_getres(CLOCK_REALTIME, NULL));
	CALL(syscall(SYS_clock_gettime, CLOCK_REALTIME, 16));
	CALL(gettimeofday(&day, NULL));
	HOLDS(llabs((long long)day.tv_sec - (long long)time(NULL)) <= 1);
	return 0;
}
