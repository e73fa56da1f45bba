/* Every call with a path: a file is on the way. */
#include "path-calls.h"

static void set_up(void)
{
	make_file("file", "text");
}

int main(void)
{
	enter_work_folder();
	try_path_calls("file/name", set_up);
	remove_work_folder();
	return 0;
}
