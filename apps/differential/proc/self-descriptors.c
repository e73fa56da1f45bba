/* /proc/self/fd names the open descriptors. */
#include "differ.h"
#include <dirent.h>
#include <fcntl.h>

int main(void)
{
	char path[64] = "";
	int found[64] = {0}, ends[2];
	struct dirent *entry;

	NEED(pipe(ends) == 0 && dup2(ends[0], 40) == 40);
	DIR *folder = opendir("/proc/self/fd");
	NEED(folder != NULL);
	while ((entry = readdir(folder)) != NULL)
		if (entry->d_name[0] != '.' && atoi(entry->d_name) < 64)
			found[atoi(entry->d_name)] = 1;
	closedir(folder);
	for (int number = 0; number < 64; number++)
		if (found[number])
			printf("%d ", number);
	putchar('\n');
	HOLDS(readlink("/proc/self/fd/40", path, sizeof path - 1) > 0 && strncmp(path, "pipe:[", 6) == 0);
	CALL(readlink("/proc/self/fd/41", path, sizeof path - 1));
	return 0;
}
