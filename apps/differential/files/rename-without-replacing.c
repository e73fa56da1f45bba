/* renameat2 with RENAME_NOREPLACE onto each kind of thing; flags that go not together. */
#include "files.h"

#define NOREPLACE 1
#define EXCHANGE 2
#define WHITEOUT 4
#define MOVE(from, to, flags) CALL(syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, flags))

int main(void)
{
	enter_work_folder();
	make_file("file", "x");
	make_file("other", "y");
	NEED(mkdir("folder", 0755) == 0 && symlink("none", "dangling") == 0 && link("file", "same") == 0);
	MOVE("file", "other", NOREPLACE);
	MOVE("file", "same", NOREPLACE);
	MOVE("file", "file", NOREPLACE);
	MOVE("file", "folder", NOREPLACE);
	MOVE("file", "dangling", NOREPLACE);
	MOVE("folder", "file", NOREPLACE);
	MOVE("folder", "folder", NOREPLACE);
	MOVE("none", "other", NOREPLACE);
	MOVE("none", "none", NOREPLACE);
	MOVE("file", "new", NOREPLACE);
	MOVE("folder", "folder/in", NOREPLACE);
	show_mode("new");
	MOVE("new", "x", NOREPLACE | EXCHANGE);
	MOVE("new", "x", 8);
	MOVE("new", "x", EXCHANGE | WHITEOUT);
	MOVE("new", "x", -1);
	MOVE("none", "new", EXCHANGE);
	MOVE("new", "none", EXCHANGE);
	remove_work_folder();
	return 0;
}
