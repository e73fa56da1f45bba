/* Affinity of the calling thread: read, narrowed to processor 0, refused when empty or of a wrong size. */
// cpus: 1 2
#include "differ.h"

int main(void)
{
	cpu_set_t all, one, seen;

	HOLDS(sched_getaffinity(0, sizeof all, &all) == 0);
	HOLDS(CPU_ISSET(0, &all) && CPU_COUNT(&all) >= 1);
	HOLDS(CPU_COUNT(&all) == sysconf(_SC_NPROCESSORS_ONLN));
	CPU_ZERO(&one);
	CALL(sched_setaffinity(0, sizeof one, &one));
	CPU_SET(0, &one);
	CALL(sched_setaffinity(0, sizeof one, &one));
	HOLDS(sched_getaffinity(0, sizeof seen, &seen) == 0 && CPU_EQUAL(&seen, &one));
	SHOW(sched_getcpu());
	CPU_ZERO(&one);
	CPU_SET(1023, &one);
	CALL(sched_setaffinity(0, sizeof one, &one));
	CPU_SET(0, &one);
	CALL(sched_setaffinity(0, sizeof one, &one));
	HOLDS(sched_getaffinity(0, sizeof seen, &seen) == 0 && CPU_COUNT(&seen) == 1);
	CALL(syscall(SYS_sched_getaffinity, 0, 1, &seen));
	CALL(syscall(SYS_sched_getaffinity, 0, 12, &seen));
	CALL(syscall(SYS_sched_setaffinity, 0, 8, (void *)16));
	CALL(syscall(SYS_sched_setaffinity, 0x3fffffff, 8, &all));
	CALL(sched_setaffinity(0, sizeof all, &all));
	return 0;
}
