/* sysconf's answers that do not depend on the machine. */
// libc: both
#include "differ.h"

int main(void)
{
	CALL(sysconf(_SC_PAGESIZE));
	CALL(sysconf(_SC_CLK_TCK));
	CALL(sysconf(_SC_THREADS));
	CALL(sysconf(_SC_MONOTONIC_CLOCK));
	CALL(sysconf(_SC_IOV_MAX));
	CALL(getpagesize());
	CALL(sysconf(99999));
	return 0;
}
