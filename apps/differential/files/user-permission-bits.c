/* What the nine bits of permission let a file's owner do: reading, writing, running, each by opening and by access. */
// user: ordinary
#include "files.h"

int main(void)
{
	enter_work_folder();
	make_file("file", "text");
	for (mode_t mode = 0; mode <= 0777; mode += 0111) {
		NEED(chmod("file", mode) == 0);
		printf("%03o:", mode);
		for (int wanted = 0; wanted <= 7; wanted++)
			printf(" %s", access("file", wanted) == 0 ? "yes" : error_name(errno));
		for (int how = O_RDONLY; how <= O_RDWR; how++) {
			int fd = open("file", how);

			printf(" %s", fd >= 0 ? "opened" : error_name(errno));
			if (fd >= 0)
				close(fd);
		}
		printf(" truncate %s\n", truncate("file", 4) == 0 ? "ok" : error_name(errno));
	}
	NEED(chmod("file", 0077) == 0);
	CALL(open("file", O_RDONLY));
	CALL(open("file", O_WRONLY | O_TRUNC));
	CALL(open("file", O_RDONLY | O_CREAT, 0644));
	SUCCESS(close(open("file", O_PATH)));
	CALL(chmod("file", 0600));
	CALL(utimensat(AT_FDCWD, "file", NULL, 0));
	remove_work_folder();
	return 0;
}
