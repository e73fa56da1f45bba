/* O_APPEND: each write goes to the end, whoever else has made the file longer; pwrite, too; reading has its own place. */
#include "files.h"
#include <sys/uio.h>

int main(void)
{
	char text[64] = "";
	struct iovec pieces[2] = {{"v1", 2}, {"v2", 2}};

	enter_work_folder();
	int first = open("file", O_RDWR | O_CREAT | O_APPEND, 0644), second = open("file", O_WRONLY | O_APPEND), plain = open("file", O_RDWR);

	CALL(write(first, "one", 3));
	CALL(write(second, "two", 3));
	CALL(write(first, "three", 5));
	CALL(lseek(first, 0, SEEK_CUR));
	CALL(lseek(first, 1, SEEK_SET));
	CALL(read(first, text, 2));
	printf("%.2s\n", text);
	CALL(write(first, "!", 1));
	CALL(lseek(first, 0, SEEK_CUR));
	CALL(pwrite(first, "at", 2, 0));
	CALL(lseek(first, 0, SEEK_CUR));
	CALL(writev(second, pieces, 2));
	CALL(pwrite(plain, "O", 1, 0));
	CALL(ftruncate(plain, 3));
	CALL(write(second, "end", 3));
	CALL(fcntl(plain, F_SETFL, O_APPEND));
	CALL(write(plain, "+", 1));
	CALL(fcntl(second, F_SETFL, 0));
	CALL(lseek(second, 1, SEEK_SET));
	CALL(write(second, "N", 1));
	CALL(pread(plain, text, sizeof text, 0));
	printf("%.20s\n", text);
	remove_work_folder();
	return 0;
}
