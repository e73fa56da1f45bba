/* getpriority and setpriority: values that any user may set, and which arguments are refused. */
#include "differ.h"
#include <sys/resource.h>

int main(void)
{
	CALL(getpriority(PRIO_PROCESS, 0));
	CALL(setpriority(PRIO_PROCESS, 0, 5));
	CALL(getpriority(PRIO_PROCESS, 0));
	CALL(syscall(SYS_getpriority, PRIO_PROCESS, 0));
	CALL(setpriority(PRIO_PROCESS, 0, 99));
	CALL(getpriority(PRIO_PROCESS, 0));
	CALL(getpriority(99, 0));
	CALL(setpriority(99, 0, 0));
	CALL(getpriority(PRIO_PROCESS, 0x3fffffff));
	return 0;
}
