/* Every call with a path: it leads to a link to a folder. */
#include "path-calls.h"

static void set_up(void)
{
	NEED(mkdir("folder", 0755) == 0 && symlink("folder", "link") == 0);
}

int main(void)
{
	enter_work_folder();
	try_path_calls("link", set_up);
	remove_work_folder();
	return 0;
}
