/* A file that lost its names stays open: its bytes, size, links; a new one has its name. */
#include "files.h"

int main(void)
{
	enter_work_folder();
	char text[8] = "";
	struct stat status;
	int file;
	
	make_file("file", "first");
	NEED((file = open("file", O_RDWR)) >= 0);
	CALL(link("file", "second"));
	NEED(fstat(file, &status) == 0);
	SHOW(status.st_nlink);
	CALL(unlink("second"));
	CALL(unlink("file"));
	NEED(fstat(file, &status) == 0);
	SHOW(status.st_nlink);
	make_file("file", "other");
	CALL(pread(file, text, 5, 0));
	puts(text);
	CALL(ftruncate(file, 2));
	CALL(pwrite(file, "zz", 2, 4));
	NEED(fstat(file, &status) == 0);
	SHOW(status.st_size);
	CALL(pread(file, text, 7, 0));
	CALL(fchmod(file, 0600));
	CALL(fsync(file));
	CALL(close(file));
	show_mode("file");
	remove_work_folder();
	return 0;
}
