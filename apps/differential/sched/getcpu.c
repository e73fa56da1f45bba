/* getcpu and affinity agree as a thread moves over the processors that it may use. */
// cpus: 1 2 4
#include "differ.h"

int main(void)
{
	cpu_set_t all, one;
	int wrong = 0;
	unsigned cpu, node;

	NEED(sched_getaffinity(0, sizeof all, &all) == 0);
	for (int index = 0; index < CPU_SETSIZE; index++) {
		if (!CPU_ISSET(index, &all))
			continue;
		CPU_ZERO(&one);
		CPU_SET(index, &one);
		NEED(sched_setaffinity(0, sizeof one, &one) == 0);
		wrong += sched_getcpu() != index;
		wrong += syscall(SYS_getcpu, &cpu, &node, NULL) != 0 || cpu != (unsigned)index;
	}
	SHOW(wrong);
	CALL(syscall(SYS_getcpu, NULL, NULL, NULL));
	CALL(syscall(SYS_getcpu, 16, NULL, NULL));
	return 0;
}
