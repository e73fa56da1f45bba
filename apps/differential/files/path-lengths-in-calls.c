/* A path of PATH_MAX bytes with its end is too long for every call, one byte less is not; a name of 256 bytes is too long. */
#include "path-calls.h"

int main(void)
{
	static char path[PATH_MAX + 2], name[300];

	enter_work_folder();
	for (size_t index = 0; index + 2 < sizeof path; index += 2)
		memcpy(path + index, "./", 2);
	strcpy(path + PATH_MAX - 4, "/none");
	NEED(strlen(path) == PATH_MAX + 1);
	try_path_calls(path, NULL);
	strcpy(path + PATH_MAX - 5, "none");
	NEED(strlen(path) == PATH_MAX - 1);
	printf("one byte less:\n");
	try_path_calls(path, NULL);
	memset(name, 'n', 256);
	printf("a name of 256 bytes:\n");
	try_path_calls(name, NULL);
	printf("as a folder:\n");
	strcpy(name + 256, "/x");
	try_path_calls(name, NULL);
	remove_work_folder();
	return 0;
}
