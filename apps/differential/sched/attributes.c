/* sched_getattr and sched_setattr, by size. */
#include "differ.h"

struct attributes {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
	uint32_t least, most;
};

int main(void)
{
	struct attributes seen = {0};

	CALL(syscall(SYS_sched_getattr, 0, &seen, 48, 0));
	SHOW(seen.size);
	SHOW(seen.policy);
	SHOW(seen.nice);
	SHOW(seen.priority);
	CALL(syscall(SYS_sched_getattr, 0, &seen, 47, 0));
	CALL(syscall(SYS_sched_getattr, 0, &seen, 48, 1));
	CALL(syscall(SYS_sched_getattr, -1, &seen, 48, 0));
	CALL(syscall(SYS_sched_setattr, 0, &(struct attributes){.size = 48}, 0));
	CALL(syscall(SYS_sched_setattr, 0, &(struct attributes){.size = 48, .policy = 99}, 0));
	CALL(syscall(SYS_sched_setattr, 0, &(struct attributes){.size = 48, .priority = 3}, 0));
	CALL(syscall(SYS_sched_setattr, 0, NULL, 0));
	return 0;
}
