/* A listing while names come and go: each name that stays is seen exactly once. */
#include "files.h"

int main(void)
{
	enter_work_folder();
	int seen[300] = { 0 }, missing = 0, twice = 0;
	struct dirent *entry;
	char name[24];
	DIR *listing;
	
	for (int index = 0; index < 300; index++) {
		snprintf(name, sizeof name, "name-%d", index);
		make_file(name, "");
	}
	NEED((listing = opendir(".")) != NULL);
	for (int count = 0; (entry = readdir(listing)) != NULL; count++) {
		int index;
	
		if (sscanf(entry->d_name, "name-%d", &index) != 1)
			continue;
		seen[index]++;
		if (index % 2 == 1)
			NEED(unlink(entry->d_name) == 0);
		if (count < 50) {
			snprintf(name, sizeof name, "new-%d", count);
			make_file(name, "");
		}
	}
	closedir(listing);
	for (int index = 0; index < 300; index++) {
		missing += seen[index] == 0;
		twice += seen[index] > 1;
	}
	SHOW(missing);
	SHOW(twice);
	remove_work_folder();
	return 0;
}
