/* /proc/meminfo, sysinfo and sysconf agree. */
#include "proc-number.h"
#include <sys/sysinfo.h>

static long field(const char *name)
{
	return number_in("/proc/meminfo", name);
}

int main(void)
{
	struct sysinfo info;

	CALL(sysinfo(&info));
	long total = (long)(info.totalram * info.mem_unit / 1024);
	HOLDS(field("MemTotal") == total);
	HOLDS(field("MemFree") > 0 && field("MemFree") < total);
	HOLDS(field("MemAvailable") > 0 && field("MemAvailable") <= total);
	HOLDS(field("SwapTotal") >= 0 && field("Buffers") >= 0 && field("Cached") >= 0);
	HOLDS(sysconf(_SC_PHYS_PAGES) * 4 == total);
	HOLDS(sysconf(_SC_AVPHYS_PAGES) > 0);
	HOLDS(info.procs >= 1);
	CALL(syscall(SYS_sysinfo, 16));
	return 0;
}
