/* readlink: a target longer than the buffer is cut off without a word and without an end; sizes of nothing are refused. */
#include "files.h"

int main(void)
{
	static char target[PATH_MAX + 1], text[PATH_MAX + 1];

	enter_work_folder();
	NEED(symlink("0123456789", "link") == 0);
	memset(text, '.', 16);
	CALL(readlink("link", text, 4));
	printf("%.6s\n", text);
	CALL(readlink("link", text, 10));
	CALL(readlink("link", text, 11));
	printf("%.12s\n", text);
	CALL(readlink("link", text, 100));
	CALL(readlinkat(AT_FDCWD, "link", text, 0) == 0 || errno == EINVAL);
	CALL(syscall(SYS_readlink, "link", text, 0));
	CALL(syscall(SYS_readlink, "link", text, -1));
	CALL(syscall(SYS_readlink, "none", text, 0));
	CALL(readlink("link", (char *)16, 4));
	CALL(readlink(".", text, 4));
	make_file("file", "");
	CALL(readlink("file", text, 4));
	memset(target, 't', PATH_MAX);
	CALL(symlink(target, "long"));
	target[PATH_MAX - 1] = 0;
	SUCCESS(symlink(target, "long"));
	CALL(readlink("long", text, sizeof text));
	struct stat status;

	NEED(lstat("long", &status) == 0);
	SHOW(status.st_size);
	CALL(access("long", F_OK));
	CALL(symlink("", "empty"));
	HOLDS(memcmp(text, target, PATH_MAX - 1) == 0);
	remove_work_folder();
	return 0;
}
