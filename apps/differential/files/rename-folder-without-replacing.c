/* renameat2 with RENAME_NOREPLACE of a folder, to a name with a slash, too. */
// not-in-export: the protocol has no flags of renameat2, and a folder cannot be linked and unlinked instead
#include "files.h"

#define MOVE(from, to) CALL(syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 1 /* RENAME_NOREPLACE */))

int main(void)
{
	enter_work_folder();
	NEED(mkdir("folder", 0755) == 0 && mkdir("empty", 0755) == 0 && mkdir("folder/in", 0755) == 0);
	MOVE("folder", "empty");
	MOVE("folder", "folder/in");
	MOVE("folder", "folder/in/x");
	MOVE("folder", "moved/");
	MOVE("moved/", "again");
	show_mode("again/in");
	show_mode("folder");
	remove_work_folder();
	return 0;
}
