/* truncate, ftruncate: negative, on folders, read-only descriptors, zeros behind the old end. */
#include "files.h"

int main(void)
{
	enter_work_folder();
	char text[8] = "xxxxxxx";
	int file;
	
	make_file("file", "0123456789");
	CALL(truncate("file", -1));
	CALL(truncate("none", 0));
	CALL(truncate(".", 0));
	CALL(truncate("file/x", 0));
	CALL(truncate("file", 3));
	CALL(truncate("file", 8192));
	show_mode("file");
	NEED((file = open("file", O_RDONLY)) >= 0);
	CALL(pread(file, text, 7, 0));
	for (int index = 0; index < 7; index++)
		printf("%02x ", text[index]);
	puts("");
	CALL(ftruncate(file, 0));
	CALL(close(file));
	NEED((file = open("file", O_WRONLY | O_APPEND)) >= 0);
	CALL(lseek(file, 5, SEEK_SET));
	CALL(write(file, "end", 3));
	CALL(lseek(file, 0, SEEK_CUR));
	CALL(read(file, text, 1));
	CALL(ftruncate(file, 1));
	CALL(write(file, "y", 1));
	CALL(lseek(file, 0, SEEK_CUR));
	CALL(ftruncate(-1, 0));
	CALL(close(file));
	NEED((file = open("file", O_WRONLY | O_TRUNC)) >= 0);
	CALL(lseek(file, 0, SEEK_END));
	CALL(close(file));
	remove_work_folder();
	return 0;
}
