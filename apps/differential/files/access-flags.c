/* access, faccessat and faccessat2: modes and flags that exist, ones that do not, links, read-only trees. */
#include "files.h"

#define ACCESS2(fd, path, mode, flags) CALL(syscall(SYS_faccessat2, fd, path, mode, flags))

int main(void)
{
	enter_work_folder();
	make_file("file", "x");
	NEED(symlink("none", "link") == 0 && mkdir("folder", 0755) == 0);
	int fd = open("file", O_RDONLY);

	CALL(access("file", F_OK));
	CALL(access("file", R_OK | W_OK));
	CALL(access("file", X_OK));
	NEED(chmod("file", 0755) == 0);
	CALL(access("file", X_OK | R_OK));
	CALL(access("folder", X_OK | R_OK | W_OK));
	CALL(access("file", 8));
	CALL(access("file", -1));
	CALL(access("link", F_OK));
	CALL(access("none", 8));
	ACCESS2(AT_FDCWD, "link", F_OK, AT_SYMLINK_NOFOLLOW);
	ACCESS2(AT_FDCWD, "file", R_OK, AT_EACCESS);
	ACCESS2(AT_FDCWD, "file", R_OK, AT_EACCESS | AT_SYMLINK_NOFOLLOW);
	ACCESS2(AT_FDCWD, "file", R_OK, 0x4000);
	ACCESS2(AT_FDCWD, "", F_OK, 0);
	ACCESS2(fd, "", R_OK, AT_EMPTY_PATH);
	ACCESS2(99, "", R_OK, AT_EMPTY_PATH);
	ACCESS2(fd, "x", F_OK, 0);
	ACCESS2(AT_FDCWD, "", R_OK, AT_EMPTY_PATH);
	CALL(access("/proc/self/stat", F_OK));
	CALL(access("/proc/self/stat", R_OK));
	CALL(access("/dev/null", R_OK | W_OK));
	CALL(access("/dev/null", X_OK));
	remove_work_folder();
	return 0;
}
