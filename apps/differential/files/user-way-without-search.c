/* A folder on the way that may not be searched: every call with a path through it says EACCES, whether the name is there or not. */
// user: ordinary
#include "path-calls.h"

int main(void)
{
	enter_work_folder();
	NEED(mkdir("closed", 0755) == 0);
	make_file("closed/file", "x");
	NEED(chmod("closed", 0600) == 0);
	try_path_calls("../closed/file", NULL);
	printf("a missing name:\n");
	try_path_calls("../closed/none", NULL);
	NEED(chmod("closed", 0700) == 0);
	remove_work_folder();
	return 0;
}
