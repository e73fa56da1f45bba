/* A folder without the right to write: what changes names is refused, what only looks is not. */
// user: ordinary
#include "path-calls.h"

int main(void)
{
	enter_work_folder();
	NEED(mkdir("fixed", 0755) == 0);
	make_file("fixed/file", "x");
	NEED(mkdir("fixed/sub", 0755) == 0 && chmod("fixed", 0500) == 0);
	try_path_calls("../fixed/none", NULL);
	printf("a file in it:\n");
	for (int which = 0; which < 16; which++)
		path_call(which, "fixed/file");
	CALL(unlink("fixed/file"));
	CALL(rmdir("fixed/sub"));
	CALL(rename("fixed/file", "fixed/other"));
	CALL(rename("fixed/file", "outside"));
	CALL(rename("fixed/file", "fixed/file"));
	make_file("outside", "x");
	CALL(rename("outside", "fixed/file"));
	CALL(rename("outside", "fixed/new"));
	CALL(link("outside", "fixed/file"));
	CALL(link("fixed/file", "linked"));
	CALL(mkdir("fixed/sub", 0755));
	CALL(open("fixed/file", O_CREAT | O_EXCL | O_RDWR, 0644));
	SUCCESS(close(open("fixed/file", O_CREAT | O_RDWR, 0644)));
	CALL(chmod("fixed/file", 0600));
	NEED(chmod("fixed", 0700) == 0);
	remove_work_folder();
	return 0;
}
