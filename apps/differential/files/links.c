/* link, symlink, readlink, and following them. */
#include "differ.h"
#include <fcntl.h>
#include <sys/stat.h>

static char folder[] = "/tmp/differ-XXXXXX";

int main(void)
{
	struct stat status;
	char target[32] = "";

	NEED(mkdtemp(folder) && chdir(folder) == 0);
	NEED(close(open("a", O_CREAT | O_WRONLY, 0600)) == 0);
	CALL(link("a", "b"));
	CALL(stat("b", &status));
	SHOW(status.st_nlink);
	CALL(link("a", "b"));
	CALL(link("none", "c"));
	CALL(unlink("a"));
	CALL(stat("b", &status));
	SHOW(status.st_nlink);
	CALL(symlink("b", "soft"));
	CALL(readlink("soft", target, sizeof target));
	puts(target);
	CALL(readlink("b", target, sizeof target));
	CALL(lstat("soft", &status));
	HOLDS(S_ISLNK(status.st_mode) && status.st_size == 1);
	CALL(stat("soft", &status));
	HOLDS(S_ISREG(status.st_mode));
	CALL(open("soft", O_RDONLY | O_NOFOLLOW));
	CALL(symlink("loop", "loop"));
	CALL(open("loop", O_RDONLY));
	CALL(symlink("nowhere", "dangling"));
	CALL(open("dangling", O_RDONLY));
	CALL(unlink("soft"));
	CALL(unlink("loop"));
	CALL(unlink("dangling"));
	CALL(unlink("b"));
	CALL(rmdir(folder));
	return 0;
}
