/* A file made without the right to write can be written by whoever made it, through that descriptor. */
#include "files.h"

int main(void)
{
	char text[8] = "";

	enter_work_folder();
	int fd = open("file", O_CREAT | O_EXCL | O_RDWR, 0444);

	CALL(write(fd, "text", 4));
	CALL(fchmod(fd, 0));
	show_mode("file");
	CALL(pwrite(fd, "T", 1, 0));
	CALL(pread(fd, text, 4, 0));
	printf("%s\n", text);
	CALL(ftruncate(fd, 2));
	show_mode("file");
	CALL(fchmod(fd, 0644));
	int other = open("none-at-all", O_CREAT | O_WRONLY, 0);

	CALL(write(other, "x", 1));
	show_mode("none-at-all");
	remove_work_folder();
	return 0;
}
