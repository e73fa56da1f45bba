/* A slash behind a name, for files, folders, links and nothing. */
#include "files.h"

int main(void)
{
	enter_work_folder();
	make_file("file", "x");
	CALL(access("file/", F_OK));
	CALL(open("file/", O_RDONLY));
	CALL(open("new/", O_CREAT | O_RDWR, 0644));
	CALL(mkdir("folder/", 0755));
	CALL(access("folder//", F_OK));
	CALL(symlink("folder", "to-folder"));
	CALL(symlink("file", "to-file"));
	CALL(access("to-folder/", F_OK));
	CALL(access("to-file/", F_OK));
	CALL(unlink("file/"));
	CALL(unlink("folder/"));
	CALL(rmdir("to-folder/"));
	CALL(rename("file", "other/"));
	CALL(rename("file/", "other"));
	CALL(rename("folder/", "renamed/"));
	CALL(link("file", "linked/"));
	CALL(symlink("x", "linked/"));
	CALL(rmdir("renamed/"));
	CALL(mkdir("a/b", 0755));
	CALL(rmdir("."));
	CALL(rmdir(".."));
	CALL(unlink("."));
	CALL(rename(".", "x"));
	CALL(mkdir(".", 0755));
	remove_work_folder();
	return 0;
}
