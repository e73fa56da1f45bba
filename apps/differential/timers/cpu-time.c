/*
 * Processor time grows with work, not with sleep; getrusage, times and clock() agree. Where the host takes a processor away from the
 * guest, that counts as work: the sleep is long beside it.
 */
#include "differ.h"
#include <sys/resource.h>
#include <sys/times.h>

int main(void)
{
	struct rusage usage;
	struct tms ticks;
	int64_t before = now_ns(CLOCK_PROCESS_CPUTIME_ID);

	pause_ms(400);
	HOLDS(now_ns(CLOCK_PROCESS_CPUTIME_ID) - before < 300000000);
	while (now_ns(CLOCK_PROCESS_CPUTIME_ID) - before < 60000000)
		;
	CALL(getrusage(RUSAGE_SELF, &usage));
	long microseconds = usage.ru_utime.tv_sec * 1000000 + usage.ru_utime.tv_usec + usage.ru_stime.tv_sec * 1000000 + usage.ru_stime.tv_usec;
	HOLDS(microseconds >= 40000);
	HOLDS(usage.ru_maxrss > 0);
	CALL(getrusage(RUSAGE_THREAD, &usage));
	CALL(getrusage(RUSAGE_CHILDREN, &usage));
	HOLDS(usage.ru_utime.tv_sec == 0 && usage.ru_utime.tv_usec == 0);
	CALL(getrusage(77, &usage));
	CALL(syscall(SYS_getrusage, RUSAGE_SELF, 16));
	HOLDS(times(&ticks) != (clock_t)-1);
	HOLDS(ticks.tms_utime + ticks.tms_stime >= 3 && ticks.tms_cutime == 0);
	HOLDS(clock() >= 40000);
	return 0;
}
