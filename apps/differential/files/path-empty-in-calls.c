/* An empty path, and one that is not in memory: every call says so. */
#include "path-calls.h"

int main(void)
{
	enter_work_folder();
	try_path_calls("", NULL);
	printf("not in memory:\n");
	make_file("other", "other\n");
	for (int which = 0; path_call(which, (const char *)16); which++)
		;
	remove_work_folder();
	return 0;
}
