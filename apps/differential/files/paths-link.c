/* Every call with a path: it leads to a link to a file. */
#include "path-calls.h"

static void set_up(void)
{
	make_file("file", "text");
	NEED(symlink("file", "link") == 0);
}

int main(void)
{
	enter_work_folder();
	try_path_calls("link", set_up);
	remove_work_folder();
	return 0;
}
