/* Link counts of files and folders as names come and go. */
#include "files.h"

int main(void)
{
	enter_work_folder();
	struct stat status;
	
	make_file("file", "x");
	for (int index = 0; index < 5; index++) {
		char name[8];
	
		snprintf(name, sizeof name, "n%d", index);
		CALL(link("file", name));
		show_mode("file");
	}
	CALL(rename("n0", "n1"));
	show_mode("n0");
	CALL(rename("n1", "other"));
	show_mode("file");
	CALL(unlink("n2"));
	show_mode("other");
	CALL(link("file", "file"));
	CALL(link("none", "x"));
	CALL(mkdir("folder", 0755));
	CALL(link("folder", "x"));
	CALL(mkdir("folder/a", 0755));
	CALL(mkdir("folder/b", 0755));
	NEED(stat("folder", &status) == 0);
	SHOW(status.st_nlink);
	CALL(rename("folder/a", "a"));
	NEED(stat("folder", &status) == 0);
	SHOW(status.st_nlink);
	CALL(symlink("file", "link"));
	CALL(link("link", "link2"));
	show_mode("link2");
	CALL(linkat(AT_FDCWD, "link", AT_FDCWD, "followed", AT_SYMLINK_FOLLOW));
	show_mode("followed");
	remove_work_folder();
	return 0;
}
