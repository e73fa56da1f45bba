/* O_PATH with O_NOFOLLOW opens a link itself, which can be read and asked about through the descriptor. */
// not-in-qemu-export: QEMU's server knows files by name, and finds another one behind the name after this one was removed
#include "files.h"

int main(void)
{
	char text[16] = "";
	struct stat status;

	enter_work_folder();
	make_file("file", "text");
	NEED(symlink("file", "link") == 0);
	CALL(open("link", O_RDONLY | O_NOFOLLOW));
	CALL(open("link", O_PATH | O_NOFOLLOW | O_DIRECTORY));
	int fd = open("link", O_PATH | O_NOFOLLOW);

	SUCCESS(fstat(fd, &status));
	HOLDS(S_ISLNK(status.st_mode));
	SHOW(status.st_size);
	CALL(readlinkat(fd, "", text, sizeof text));
	printf("%s\n", text);
	CALL(readlinkat(fd, "x", text, sizeof text));
	CALL(fchdir(fd));
	SUCCESS(fstatat(fd, "", &status, AT_EMPTY_PATH));
	HOLDS(S_ISLNK(status.st_mode));
	int file = open("link", O_PATH);

	SUCCESS(fstat(file, &status));
	HOLDS(S_ISREG(status.st_mode));
	CALL(readlinkat(file, "", text, sizeof text));
	CALL(readlinkat(AT_FDCWD, "", text, sizeof text));
	NEED(unlink("link") == 0 && symlink("other", "link") == 0);
	CALL(readlinkat(fd, "", text, sizeof text));
	printf("%.4s\n", text);
	remove_work_folder();
	return 0;
}
