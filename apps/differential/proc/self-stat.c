/* /proc/self/stat and statm: number, name, state and the count of fields. */
#include "differ.h"
#include <sys/prctl.h>

int main(void)
{
	char text[2048] = "", name[64] = "";
	int process = 0, fields = 0;
	long size = 0, resident = 0;
	char state = '?';

	prctl(PR_SET_NAME, "a (name");
	FILE *file = fopen("/proc/self/stat", "r");
	NEED(file != NULL && fgets(text, sizeof text, file) != NULL);
	HOLDS(sscanf(text, "%d (%63[^)]) %c", &process, name, &state) == 3);
	HOLDS(process == getpid());
	puts(name);
	HOLDS(state == 'R');
	for (char *part = strtok(strrchr(text, ')') + 1, " \n"); part; part = strtok(NULL, " \n"))
		fields++;
	HOLDS(fields >= 42);
	fclose(file);
	file = fopen("/proc/self/statm", "r");
	HOLDS(file != NULL && fscanf(file, "%ld %ld", &size, &resident) == 2 && size >= resident && resident > 0);
	return 0;
}
