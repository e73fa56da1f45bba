/* /proc/self/fd/N opens the file itself again: with other rights, a removed one, too; it shows where the file was. */
#include "files.h"

static const char *path_of(int fd)
{
	static char path[32];

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	return path;
}

int main(void)
{
	char text[PATH_MAX] = "";
	struct stat status, other;

	enter_work_folder();
	make_file("file", "0123456789");
	int fd = open("file", O_RDONLY);

	NEED(lseek(fd, 5, SEEK_SET) == 5);
	int writer = open(path_of(fd), O_RDWR);

	HOLDS(writer >= 0);
	CALL(lseek(writer, 0, SEEK_CUR));
	CALL(write(writer, "ab", 2));
	CALL(pread(fd, text, 10, 0));
	printf("%.10s\n", text);
	memset(text, 0, sizeof text);
	NEED(readlink(path_of(fd), text, sizeof text - 1) > 0);
	printf("%s\n", strrchr(text, '/'));
	CALL(unlink("file"));
	memset(text, 0, sizeof text);
	NEED(readlink(path_of(fd), text, sizeof text - 1) > 0);
	printf("%s\n", strrchr(text, '/'));
	int again = open(path_of(fd), O_RDONLY);

	NEED(fstat(fd, &status) == 0 && fstat(again, &other) == 0);
	HOLDS(status.st_ino == other.st_ino);
	SHOW(other.st_nlink);
	CALL(open(path_of(fd), O_RDONLY | O_NOFOLLOW));
	CALL(open(path_of(fd), O_RDONLY | O_CREAT | O_EXCL, 0644));
	SUCCESS(close(open(path_of(fd), O_WRONLY | O_TRUNC)));
	NEED(fstat(fd, &status) == 0);
	SHOW(status.st_size);
	NEED(stat(path_of(fd), &status) == 0 && lstat(path_of(fd), &other) == 0);
	HOLDS(S_ISREG(status.st_mode) && S_ISLNK(other.st_mode));
	CALL(access("/proc/self/fd/99", F_OK));
	CALL(open("/proc/self/fd/99", O_RDONLY));
	CALL(open("/proc/self/fd/x", O_RDONLY));
	int folder = open(".", O_RDONLY);

	snprintf(text, sizeof text, "%s/in", path_of(folder));
	SUCCESS(close(open(text, O_CREAT | O_RDWR, 0644)));
	show_mode("in");
	remove_work_folder();
	return 0;
}
