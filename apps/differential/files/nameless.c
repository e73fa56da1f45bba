/* O_TMPFILE: a file without a name, which gets one by linkat, unless that was ruled out. */
// not-in-export: the protocol has no files without a name (O_TMPFILE)
#include "differ.h"
#include <fcntl.h>
#include <sys/stat.h>

int main(void)
{
	char path[64], text[16] = "", folder[] = "/tmp/namelessXXXXXX";
	struct stat status;

	NEED(mkdtemp(folder) != NULL && chdir(folder) == 0);
	umask(022);
	int file = open(".", O_TMPFILE | O_RDWR, 0666);
	NEED(file >= 0 && fstat(file, &status) == 0);
	printf("mode %o, %d names\n", status.st_mode, (int)status.st_nlink);
	CALL(write(file, "contents", 8));
	CALL(pread(file, text, 8, 0));
	snprintf(path, sizeof path, "/proc/self/fd/%d", file);
	CALL(linkat(AT_FDCWD, path, AT_FDCWD, "named", AT_SYMLINK_FOLLOW));
	CALL(linkat(AT_FDCWD, path, AT_FDCWD, "named", AT_SYMLINK_FOLLOW));
	NEED(fstat(file, &status) == 0);
	SHOW((int)status.st_nlink);
	memset(text, 0, sizeof text);
	int again = open("named", O_RDONLY);
	CALL(read(again, text, sizeof text));
	puts(text);
	CALL(unlink("named"));
	CALL(linkat(AT_FDCWD, path, AT_FDCWD, "named", AT_SYMLINK_FOLLOW));
	int never = open(".", O_TMPFILE | O_WRONLY | O_EXCL, 0600);
	NEED(never >= 0);
	snprintf(path, sizeof path, "/proc/self/fd/%d", never);
	CALL(linkat(AT_FDCWD, path, AT_FDCWD, "named", AT_SYMLINK_FOLLOW));
	CALL(open(".", O_TMPFILE | O_RDONLY, 0600));
	CALL(open(".", O_TMPFILE | O_RDWR | O_CREAT, 0600));
	CALL(open("missing", O_TMPFILE | O_RDWR, 0600));
	NEED(close(open("plain", O_CREAT | O_WRONLY, 0600)) == 0);
	CALL(open("plain", O_TMPFILE | O_RDWR, 0600));
	CALL(unlink("plain"));
	CALL(rmdir(folder));
	return 0;
}
