/* Every call with "." and with "..". */
#include "path-calls.h"

int main(void)
{
	enter_work_folder();
	try_path_calls(".", NULL);
	printf("two dots:\n");
	NEED(mkdir("below", 0755) == 0 && chdir("below") == 0);
	try_path_calls("..", NULL);
	NEED(chdir("..") == 0);
	remove_work_folder();
	return 0;
}
