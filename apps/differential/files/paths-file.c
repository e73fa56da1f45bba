/* Every call with a path: it leads to a file. */
#include "path-calls.h"

static void set_up(void)
{
	make_file("file", "text");
}

int main(void)
{
	enter_work_folder();
	try_path_calls("file", set_up);
	remove_work_folder();
	return 0;
}
