/* Extended attributes: names without a namespace, too long, empty; flags and sizes that are refused before anything is looked for. */
#include "files.h"
#include <sys/xattr.h>

int main(void)
{
	static char name[300], value[70000];

	enter_work_folder();
	make_file("file", "x");
	int fd = open("file", O_RDWR);

	strcpy(name, "user.");
	memset(name + 5, 'n', 290);
	CALL(setxattr("file", name, "x", 1, 0));
	CALL(getxattr("file", name, value, 10));
	CALL(removexattr("file", name));
	CALL(setxattr("file", "", "x", 1, 0));
	CALL(setxattr("file", "none.a", "x", 1, 0));
	CALL(getxattr("file", "none.a", value, 10));
	CALL(setxattr("file", "user.a", "x", 1, 4));
	CALL(fsetxattr(fd, "user.a", value, 65537, 0));
	CALL(setxattr("file", "user.a", (void *)16, 10, 0));
	CALL(setxattr("file", (char *)16, "x", 1, 0));
	CALL(setxattr("none", "user.a", "x", 1, 0));
	CALL(fsetxattr(99, "user.a", "x", 1, 0));
	CALL(getxattr("none", "user.a", value, 10));
	CALL(listxattr("none", value, 10));
	CALL(flistxattr(99, value, 10));
	CALL(listxattr("file", NULL, 0) >= 0 ? 0 : -1);
	remove_work_folder();
	return 0;
}
