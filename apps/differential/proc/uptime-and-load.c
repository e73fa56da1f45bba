/* /proc/uptime and /proc/loadavg can be parsed and make sense. */
#include "differ.h"
#include <sys/sysinfo.h>

int main(void)
{
	double up = -1, idle = -1, load[3] = {-1, -1, -1};
	int running = -1, all = -1, last = -1;
	struct sysinfo info;
	FILE *file = fopen("/proc/uptime", "r");

	HOLDS(file != NULL && fscanf(file, "%lf %lf", &up, &idle) == 2);
	NEED(sysinfo(&info) == 0);
	HOLDS(up >= 0 && idle >= 0 && labs((long)up - (long)info.uptime) <= 2);
	HOLDS(labs((long)up - (long)(now_ns(CLOCK_BOOTTIME) / 1000000000)) <= 2);
	file = fopen("/proc/loadavg", "r");
	HOLDS(file != NULL && fscanf(file, "%lf %lf %lf %d/%d %d", load, load + 1, load + 2, &running, &all, &last) == 6);
	HOLDS(load[0] >= 0 && load[1] >= 0 && load[2] >= 0 && running >= 1 && all >= running && last >= 1);
	HOLDS(getloadavg(load, 3) == 3);
	return 0;
}
