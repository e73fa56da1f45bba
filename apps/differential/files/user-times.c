/* Times of one's own file without the right to write it: set to anything; the access time stays when only writing is allowed. */
// user: ordinary
#include "files.h"

int main(void)
{
	static const struct timespec times[2] = {{1000, 0}, {2000, 0}}, omitted[2] = {{0, UTIME_NOW}, {0, UTIME_OMIT}};
	struct stat status;

	enter_work_folder();
	make_file("file", "x");
	NEED(chmod("file", 0) == 0);
	CALL(utimensat(AT_FDCWD, "file", times, 0));
	NEED(stat("file", &status) == 0);
	SHOW(status.st_mtim.tv_sec);
	CALL(utimensat(AT_FDCWD, "file", omitted, 0));
	CALL(utimensat(AT_FDCWD, "file", NULL, 0));
	CALL(utimensat(AT_FDCWD, "/proc", times, 0));
	CALL(utimensat(AT_FDCWD, "/proc", NULL, 0));
	CALL(utimensat(AT_FDCWD, "/proc", omitted, 0));
	CALL(utimensat(AT_FDCWD, "/dev/null", times, 0));
	CALL(access("/dev/null", W_OK));
	CALL(access("/proc/version", W_OK));
	CALL(access("/", W_OK));
	CALL(mkdir("/differ-folder", 0755));
	CALL(open("/proc/version", O_WRONLY));
	CALL(truncate("/proc/version", 0));
	remove_work_folder();
	return 0;
}
