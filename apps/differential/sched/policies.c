/* sched_*: the policy of the caller, ranges of priorities, what is refused. */
// cpus: 1 2
#include "differ.h"

#define RAW(name, ...) syscall(SYS_##name, __VA_ARGS__)

int main(void)
{
	struct sched_param parameter = {.sched_priority = 7};

	CALL(RAW(sched_getscheduler, 0));
	CALL(RAW(sched_getparam, 0, &parameter));
	SHOW(parameter.sched_priority);
	for (int policy = -1; policy <= 6; policy++) {
		printf("policy %d\n", policy);
		CALL(RAW(sched_get_priority_min, policy));
		CALL(RAW(sched_get_priority_max, policy));
	}
	CALL(RAW(sched_getscheduler, -1));
	CALL(RAW(sched_getscheduler, 0x3fffffff));
	CALL(RAW(sched_getparam, 0, 0));
	parameter.sched_priority = 0;
	CALL(RAW(sched_setscheduler, 0, SCHED_OTHER, &parameter));
	CALL(RAW(sched_setscheduler, 0, SCHED_BATCH, &parameter));
	CALL(RAW(sched_getscheduler, 0));
	CALL(RAW(sched_setscheduler, 0, SCHED_OTHER, &parameter));
	parameter.sched_priority = 3;
	CALL(RAW(sched_setscheduler, 0, SCHED_OTHER, &parameter));
	CALL(RAW(sched_setparam, 0, &parameter));
	CALL(RAW(sched_setscheduler, 0, 77, &parameter));
	CALL(RAW(sched_setscheduler, 0, SCHED_OTHER, 0));
	parameter.sched_priority = 100;
	CALL(RAW(sched_setscheduler, 0, SCHED_FIFO, &parameter));
	parameter.sched_priority = 0;
	CALL(RAW(sched_setscheduler, 0, SCHED_RR, &parameter));
	return 0;
}
