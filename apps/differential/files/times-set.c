/* utimensat: UTIME_NOW, UTIME_OMIT, seconds and nanoseconds, links. */
#include "files.h"

int main(void)
{
	enter_work_folder();
	struct timespec times[2] = { { 1000, 500 }, { 2000, 700 } };
	struct stat status, before;
	
	make_file("file", "x");
	CALL(utimensat(AT_FDCWD, "file", times, 0));
	NEED(stat("file", &status) == 0);
	SHOW(status.st_atim.tv_sec);
	SHOW(status.st_atim.tv_nsec);
	SHOW(status.st_mtim.tv_sec);
	SHOW(status.st_mtim.tv_nsec);
	HOLDS(status.st_ctim.tv_sec > 2000);
	times[0].tv_nsec = UTIME_OMIT;
	times[1].tv_sec = 3000;
	CALL(utimensat(AT_FDCWD, "file", times, 0));
	NEED(stat("file", &status) == 0);
	SHOW(status.st_atim.tv_sec);
	SHOW(status.st_mtim.tv_sec);
	before = status;
	times[1].tv_nsec = UTIME_OMIT;
	CALL(utimensat(AT_FDCWD, "file", times, 0));
	CALL(utimensat(AT_FDCWD, "none", times, 0));
	NEED(stat("file", &status) == 0);
	HOLDS(status.st_ctim.tv_nsec == before.st_ctim.tv_nsec);
	times[0].tv_nsec = UTIME_NOW;
	CALL(utimensat(AT_FDCWD, "file", times, 0));
	NEED(stat("file", &status) == 0);
	HOLDS(status.st_atim.tv_sec > 1000000);
	SHOW(status.st_mtim.tv_sec);
	times[0].tv_nsec = 1000000000;
	CALL(utimensat(AT_FDCWD, "file", times, 0));
	CALL(symlink("file", "link"));
	times[0] = times[1] = (struct timespec){ 77, 0 };
	CALL(utimensat(AT_FDCWD, "link", times, AT_SYMLINK_NOFOLLOW));
	NEED(stat("file", &status) == 0);
	SHOW(status.st_mtim.tv_sec);
	NEED(lstat("link", &status) == 0);
	SHOW(status.st_mtim.tv_sec);
	remove_work_folder();
	return 0;
}
