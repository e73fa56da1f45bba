/* Every call with a path: it goes up from a name that is missing. */
#include "path-calls.h"

static void set_up(void)
{
	NEED(mkdir("folder", 0755) == 0);
}

int main(void)
{
	enter_work_folder();
	try_path_calls("none/../other", set_up);
	remove_work_folder();
	return 0;
}
