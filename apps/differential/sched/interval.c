/* sched_rr_get_interval. */
#include "differ.h"

int main(void)
{
	struct timespec time = {.tv_sec = 99};

	CALL(sched_rr_get_interval(0, &time));
	HOLDS(time.tv_sec == 0 && time.tv_nsec >= 0);
	CALL(sched_rr_get_interval(-1, &time));
	CALL(sched_rr_get_interval(0x3fffffff, &time));
	CALL(syscall(SYS_sched_rr_get_interval, 0, 16));
	return 0;
}
