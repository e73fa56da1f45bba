/* /proc/meminfo, sysinfo and sysconf agree. */
#include "differ.h"
#include <sys/sysinfo.h>

static long field(const char *name)
{
	char line[256];
	long value = -1;
	FILE *file = fopen("/proc/meminfo", "r");

	NEED(file != NULL);
	while (fgets(line, sizeof line, file))
		if (strncmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ':')
			value = strtol(line + strlen(name) + 1, NULL, 10);
	fclose(file);
	return value;
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
