/* Every call with a path: a slash stands behind the name of a folder. */
#include "path-calls.h"

static void set_up(void)
{
	NEED(mkdir("folder", 0755) == 0);
}

int main(void)
{
	enter_work_folder();
	try_path_calls("folder/", set_up);
	remove_work_folder();
	return 0;
}
