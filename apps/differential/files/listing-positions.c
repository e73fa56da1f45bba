/* telldir and seekdir: a listing goes on where it was, several listings of one folder do not disturb each other, duplicates share. */
#include "files.h"

int main(void)
{
	char name[16], first[256];
	struct dirent *entry;

	enter_work_folder();
	for (int index = 0; index < 40; index++) {
		snprintf(name, sizeof name, "n%d", index);
		make_file(name, "");
	}
	DIR *listing = opendir("."), *other = opendir(".");

	for (int index = 0; index < 10; index++)
		NEED(readdir(listing));
	long place = telldir(listing);

	NEED((entry = readdir(listing)));
	snprintf(first, sizeof first, "%s", entry->d_name);
	int rest = 1, all = 0, from_place = 0;

	while (readdir(listing))
		rest++;
	SHOW(rest);
	while (readdir(other))
		all++;
	SHOW(all);
	seekdir(listing, place);
	NEED((entry = readdir(listing)));
	HOLDS(strcmp(entry->d_name, first) == 0);
	for (from_place = 1; readdir(listing); from_place++)
		;
	SHOW(from_place);
	rewinddir(listing);
	for (all = 0; readdir(listing); all++)
		;
	SHOW(all);
	NEED(unlink("n0") == 0 && unlink("n1") == 0);
	rewinddir(listing);
	for (all = 0; readdir(listing); all++)
		;
	SHOW(all);
	int copy = dup(dirfd(other));
	char buffer[4096];

	CALL(lseek(dirfd(other), 0, SEEK_SET));
	NEED(syscall(SYS_getdents64, copy, buffer, sizeof buffer) > 0);
	CALL(syscall(SYS_getdents64, dirfd(other), buffer, sizeof buffer));
	remove_work_folder();
	return 0;
}
