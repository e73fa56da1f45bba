/* O_CREAT makes what a link names, in the link's own folder; O_EXCL never goes through a link, to wherever it leads. */
#include "files.h"

int main(void)
{
	enter_work_folder();
	NEED(mkdir("folder", 0755) == 0 && symlink("made", "folder/link") == 0 && symlink("folder/link", "chain") == 0);
	CALL(open("chain", O_RDWR | O_CREAT | O_EXCL, 0644));
	SUCCESS(close(open("chain", O_RDWR | O_CREAT, 0600)));
	show_mode("folder/made");
	show_mode("made");
	CALL(open("chain", O_RDWR | O_CREAT | O_EXCL, 0644));
	CALL(open("chain", O_RDWR | O_CREAT | O_NOFOLLOW, 0644));
	NEED(symlink("none/file", "broken") == 0 && symlink("folder", "to-folder") == 0 && symlink("up/", "slash") == 0);
	CALL(open("broken", O_RDWR | O_CREAT, 0644));
	CALL(open("to-folder", O_RDWR | O_CREAT, 0644));
	CALL(open("to-folder", O_RDWR | O_CREAT | O_EXCL, 0644));
	CALL(open("to-folder", O_RDONLY | O_NOFOLLOW));
	CALL(open("to-folder/", O_RDONLY | O_NOFOLLOW | O_WRONLY));
	SUCCESS(close(open("to-folder/.", O_RDONLY | O_NOFOLLOW)));
	SUCCESS(close(open("to-folder/made", O_RDONLY | O_NOFOLLOW)));
	CALL(open("slash", O_RDWR | O_CREAT, 0644));
	CALL(mkdir("slash", 0755));
	CALL(open(".", O_RDWR | O_CREAT, 0644));
	CALL(open(".", O_RDONLY | O_CREAT | O_EXCL, 0644));
	CALL(open("/", O_RDONLY | O_CREAT, 0644));
	show_mode("up");
	remove_work_folder();
	return 0;
}
