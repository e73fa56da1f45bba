/* /proc/cpuinfo, /proc/stat, /sys/devices/system/cpu and sysconf agree on the number of processors. */
// cpus: 1 2 4
#include "differ.h"

static int count_lines(const char *path, const char *prefix)
{
	char line[4096];
	int count = 0;
	FILE *file = fopen(path, "r");

	if (!file)
		return -1;
	while (fgets(line, sizeof line, file))
		count += strncmp(line, prefix, strlen(prefix)) == 0 && (strcmp(prefix, "cpu") != 0 || line[3] != ' ');
	fclose(file);
	return count;
}

static long last_of_list(const char *path)
{
	char text[256] = "";
	FILE *file = fopen(path, "r");

	if (!file || !fgets(text, sizeof text, file))
		return -1;
	fclose(file);
	char *separator = strrchr(text, '-');
	return atol(separator ? separator + 1 : text);
}

int main(void)
{
	long count = sysconf(_SC_NPROCESSORS_CONF);

	HOLDS(count >= 1 && sysconf(_SC_NPROCESSORS_ONLN) == count);
	HOLDS(count_lines("/proc/cpuinfo", "processor") == count);
	HOLDS(count_lines("/proc/cpuinfo", "flags") == count);
	HOLDS(count_lines("/proc/cpuinfo", "model name") == count);
	HOLDS(count_lines("/proc/stat", "cpu") == count);
	HOLDS(last_of_list("/sys/devices/system/cpu/online") == count - 1);
	HOLDS(last_of_list("/sys/devices/system/cpu/present") == count - 1);
	HOLDS(last_of_list("/sys/devices/system/cpu/possible") >= count - 1);
	HOLDS(access("/sys/devices/system/cpu/cpu0", F_OK) == 0);
	return 0;
}
