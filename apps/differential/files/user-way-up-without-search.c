/* Going into a folder that may not be searched and up again is refused like anything else behind it. */
// user: ordinary
#include "path-calls.h"

int main(void)
{
	enter_work_folder();
	NEED(mkdir("closed", 0755) == 0 && chmod("closed", 0600) == 0);
	try_path_calls("../closed/../t/other", NULL);
	CALL(access("closed/.", F_OK));
	CALL(access("closed/..", F_OK));
	NEED(chmod("closed", 0700) == 0);
	remove_work_folder();
	return 0;
}
