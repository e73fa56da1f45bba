/* chdir, getcwd, relative paths, openat. */
#include "differ.h"
#include <fcntl.h>
#include <sys/stat.h>

static char folder[] = "/tmp/differ-XXXXXX";

int main(void)
{
	char path[200];
	int top;

	NEED(mkdtemp(folder));
	CALL(chdir(folder));
	HOLDS(getcwd(path, sizeof path) != NULL && strcmp(path, folder) == 0);
	NEED((top = open(".", O_RDONLY | O_DIRECTORY)) >= 0);
	CALL(mkdirat(top, "inner", 0700));
	CALL(chdir("inner"));
	HOLDS(getcwd(path, sizeof path) != NULL && strcmp(path + strlen(folder), "/inner") == 0);
	CALL(syscall(SYS_getcwd, path, 3));
	CALL(faccessat(top, "inner", F_OK, 0));
	CALL(access("inner", F_OK));
	CALL(access("../inner", F_OK));
	CALL(fchdir(top));
	CALL(access("inner", F_OK));
	CALL(openat(top, "new", O_CREAT | O_WRONLY, 0600));
	CALL(openat(99, "new", O_RDONLY));
	CALL(chdir("new"));
	CALL(chdir("none"));
	CALL(unlinkat(top, "new", 0));
	CALL(unlinkat(top, "inner", 0));
	CALL(unlinkat(top, "inner", AT_REMOVEDIR));
	CALL(rmdir(folder));
	return 0;
}
