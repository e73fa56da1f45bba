/* A folder cannot become its own child, however the path is written, nor take the place of one that holds it. */
#include "files.h"

int main(void)
{
	enter_work_folder();
	NEED(mkdir("a", 0755) == 0 && mkdir("a/b", 0755) == 0 && mkdir("a/b/c", 0755) == 0 && symlink("a/b", "link") == 0);
	make_file("a/b/file", "x");
	CALL(rename("a", "a/x"));
	CALL(rename("a", "a/b"));
	CALL(rename("a", "a/b/x"));
	CALL(rename("a", "a/b/c"));
	CALL(rename("a", "link/x"));
	CALL(rename("a/b", "link/x"));
	CALL(rename("a", "a/none/x"));
	CALL(rename("a/b/c", "a"));
	CALL(rename("a/b/c", "a/b"));
	CALL(rename("a/b/file", "a/b"));
	CALL(rename("a/b/file", "a"));
	CALL(rename("a", "a"));
	CALL(rename("a/b", "link"));
	CALL(rename("link", "a/b"));
	CALL(rename("a/b/c", "c"));
	CALL(rename("c", "a/b/c/"));
	CALL(rename("a/b/", "b"));
	show_mode("b/c");
	show_mode("a/b");
	remove_work_folder();
	return 0;
}
