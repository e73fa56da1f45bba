/* chown takes the set-user and set-group bits of files away, even for the same owner; folders keep theirs. */
#include "files.h"

int main(void)
{
	enter_work_folder();
	make_file("file", "x");
	NEED(mkdir("folder", 0755) == 0);
	for (mode_t mode = 04644; mode <= 06777; mode += 01111) {
		NEED(chmod("file", mode) == 0);
		show_mode("file");
		CALL(chown("file", getuid(), getgid()));
		show_mode("file");
	}
	NEED(chmod("file", 06755) == 0);
	CALL(chown("file", -1, -1));
	show_mode("file");
	NEED(chmod("file", 02644) == 0);
	CALL(chown("file", -1, getgid()));
	show_mode("file");
	NEED(chmod("folder", 03755) == 0);
	CALL(chown("folder", getuid(), getgid()));
	show_mode("folder");
	NEED(chmod("file", 04755) == 0 && symlink("file", "link") == 0);
	CALL(lchown("link", getuid(), getgid()));
	show_mode("file");
	int fd = open("file", O_RDONLY);

	CALL(fchown(fd, getuid(), -1));
	show_mode("file");
	CALL(fchown(-1, -1, -1));
	CALL(chown("none", -1, -1));
	CALL(fchownat(AT_FDCWD, "file", -1, -1, 0x10));
	remove_work_folder();
	return 0;
}
