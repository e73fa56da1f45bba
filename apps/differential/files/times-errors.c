/* utimensat and its older kin: nanoseconds out of range, flags, missing paths, negative times. */
#include "files.h"
#include <sys/time.h>
#include <utime.h>

int main(void)
{
	struct timespec times[2] = {{1, 0}, {2, 0}};
	struct timeval values[2] = {{1, 0}, {2, 0}};
	struct stat status;

	enter_work_folder();
	make_file("file", "x");
	int fd = open("file", O_RDONLY);

	times[0].tv_nsec = -1;
	CALL(utimensat(AT_FDCWD, "file", times, 0));
	times[0].tv_nsec = 1000000000;
	CALL(utimensat(AT_FDCWD, "file", times, 0));
	CALL(utimensat(AT_FDCWD, "none", times, 0));
	times[0].tv_nsec = 999999999;
	CALL(utimensat(AT_FDCWD, "file", times, 0));
	CALL(utimensat(AT_FDCWD, "file", times, 0x10));
	CALL(utimensat(AT_FDCWD, "none", times, 0));
	CALL(utimensat(AT_FDCWD, "", times, 0));
	CALL(utimensat(AT_FDCWD, (char *)16, times, 0));
	CALL(syscall(SYS_utimensat, AT_FDCWD, "file", 16, 0));
	CALL(syscall(SYS_utimensat, fd, NULL, times, 0));
	CALL(syscall(SYS_utimensat, fd, NULL, times, AT_SYMLINK_NOFOLLOW));
	CALL(syscall(SYS_utimensat, AT_FDCWD, NULL, times, 0));
	CALL(syscall(SYS_utimensat, 99, NULL, times, 0));
	CALL(utimensat(fd, "x", times, 0));
	CALL(utimensat(fd, "", times, AT_EMPTY_PATH));
	times[0] = (struct timespec){-5, 250000000};
	CALL(utimensat(AT_FDCWD, "file", times, 0));
	NEED(stat("file", &status) == 0);
	SHOW(status.st_atim.tv_sec);
	SHOW(status.st_atim.tv_nsec);
	SHOW(status.st_mtim.tv_sec);
	values[0].tv_usec = 1000000;
	CALL(syscall(SYS_utimes, "file", values));
	values[0].tv_usec = -1;
	CALL(syscall(SYS_utimes, "file", values));
	values[0] = (struct timeval){-1, 500000};
	CALL(syscall(SYS_utimes, "file", values));
	NEED(stat("file", &status) == 0);
	SHOW(status.st_atim.tv_sec);
	struct utimbuf seconds = {-100, 100};

	CALL(syscall(SYS_utime, "file", &seconds));
	NEED(stat("file", &status) == 0);
	SHOW(status.st_atim.tv_sec);
	CALL(syscall(SYS_futimesat, AT_FDCWD, "file", NULL));
	CALL(syscall(SYS_futimesat, 99, "file", NULL));
	remove_work_folder();
	return 0;
}
