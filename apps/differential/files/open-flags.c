/* O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_DIRECTORY and the rights of an open file. */
#include "differ.h"
#include <fcntl.h>
#include <sys/stat.h>

static char folder[] = "/tmp/differ-XXXXXX";

int main(void)
{
	char byte;

	NEED(mkdtemp(folder) && chdir(folder) == 0);
	CALL(open("a", O_RDONLY));
	CALL(open("a", O_RDWR | O_CREAT | O_EXCL, 0600));
	CALL(open("a", O_RDWR | O_CREAT | O_EXCL, 0600));
	CALL(write(3, "abcdef", 6));
	CALL(open("a", O_RDONLY));
	CALL(write(4, "x", 1));
	CALL(open("a", O_WRONLY | O_APPEND));
	CALL(write(5, "gh", 2));
	CALL(lseek(5, 0, SEEK_CUR));
	CALL(read(5, &byte, 1));
	CALL(lseek(3, 0, SEEK_END));
	CALL(open("a", O_WRONLY | O_TRUNC));
	CALL(lseek(3, 0, SEEK_END));
	CALL(open("a", O_RDONLY | O_DIRECTORY));
	CALL(open(".", O_RDONLY | O_DIRECTORY));
	CALL(open(".", O_RDWR));
	CALL(open("none/a", O_RDWR | O_CREAT, 0600));
	CALL(open("a/b", O_RDWR | O_CREAT, 0600));
	CALL(open("", O_RDONLY));
	CALL(open((char *)16, O_RDONLY));
	CALL(unlink("a"));
	CALL(rmdir(folder));
	return 0;
}
