/* unlink, rmdir and unlinkat: what they refuse, and that nothing is gone afterwards. */
#include "files.h"

int main(void)
{
	enter_work_folder();
	make_file("file", "x");
	NEED(mkdir("empty", 0755) == 0 && mkdir("full", 0755) == 0 && symlink("empty", "link") == 0);
	make_file("full/in", "x");
	CALL(unlink("empty"));
	CALL(unlink("full"));
	CALL(unlinkat(AT_FDCWD, "empty", 0));
	CALL(rmdir("file"));
	CALL(rmdir("full"));
	CALL(rmdir("link"));
	CALL(rmdir("none"));
	CALL(unlink("none"));
	CALL(unlinkat(AT_FDCWD, "file", AT_REMOVEDIR));
	CALL(unlinkat(AT_FDCWD, "file", 0x400));
	CALL(unlinkat(AT_FDCWD, "file", AT_REMOVEDIR | AT_SYMLINK_FOLLOW));
	CALL(rmdir("full/."));
	CALL(rmdir("full/.."));
	CALL(rmdir("empty/."));
	CALL(rmdir("empty/.."));
	CALL(rmdir("/"));
	CALL(unlink("/"));
	CALL(rmdir("full/in/x"));
	CALL(unlink("link/x"));
	CALL(rmdir("link/"));
	CALL(unlink("link/"));
	CALL(unlink("link"));
	CALL(rmdir("empty//"));
	show_mode("file");
	show_mode("full/in");
	remove_work_folder();
	return 0;
}
