/* An open file counts its names: down to none while it is open, and it cannot be named again by way of /proc. */
#include "files.h"

int main(void)
{
	struct stat status;
	char name[24], text[8] = "";

	enter_work_folder();
	make_file("n0", "text");
	int fd = open("n0", O_RDWR);

	for (int index = 1; index <= 200; index++) {
		snprintf(name, sizeof name, "n%d", index);
		NEED(link("n0", name) == 0);
	}
	NEED(fstat(fd, &status) == 0);
	SHOW(status.st_nlink);
	for (int index = 0; index <= 200; index += 2) {
		snprintf(name, sizeof name, "n%d", index);
		NEED(unlink(name) == 0);
	}
	NEED(fstat(fd, &status) == 0);
	SHOW(status.st_nlink);
	for (int index = 1; index <= 200; index += 2) {
		snprintf(name, sizeof name, "n%d", index);
		NEED(unlink(name) == 0);
	}
	NEED(fstat(fd, &status) == 0);
	SHOW(status.st_nlink);
	CALL(pwrite(fd, "more", 4, 4));
	CALL(pread(fd, text, 4, 2));
	printf("%.4s\n", text);
	snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
	CALL(linkat(AT_FDCWD, name, AT_FDCWD, "again", AT_SYMLINK_FOLLOW));
	show_mode("again");
	remove_work_folder();
	return 0;
}
