/* rename: over files, into folders, not over full folders; renameat2 without replacing and with exchange. */
// not-in-export: the protocol cannot exchange two names (9P2000.L has no flags of renameat2)
#include "differ.h"
#include <fcntl.h>
#include <sys/stat.h>

static char folder[] = "/tmp/differ-XXXXXX";

static void make(const char *name, const char *text)
{
	int file = open(name, O_CREAT | O_WRONLY | O_TRUNC, 0600);

	NEED(file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text) && close(file) == 0);
}

static void show(const char *name)
{
	char text[16] = "";
	int file = open(name, O_RDONLY);

	if (file >= 0 && read(file, text, 15) >= 0)
		printf("%s: %s\n", name, text);
	else
		printf("%s: %s\n", name, error_name(errno));
	close(file);
}

int main(void)
{
	NEED(mkdtemp(folder) && chdir(folder) == 0);
	make("a", "first");
	make("b", "second");
	NEED(mkdir("full", 0700) == 0 && mkdir("empty", 0700) == 0);
	make("full/c", "third");
	CALL(rename("a", "b"));
	show("a");
	show("b");
	CALL(rename("none", "b"));
	CALL(rename("b", "full"));
	CALL(rename("full", "b"));
	CALL(rename("empty", "full"));
	CALL(rename("full", "empty"));
	show("empty/c");
	CALL(rename("empty", "empty/inside"));
	CALL(rename("b", "empty/b"));
	show("empty/b");
	CALL(syscall(SYS_renameat2, AT_FDCWD, "empty/b", AT_FDCWD, "empty/c", 1));
	CALL(syscall(SYS_renameat2, AT_FDCWD, "empty/b", AT_FDCWD, "empty/c", 2));
	show("empty/b");
	CALL(rename("empty/b", "empty/b"));
	CALL(unlink("empty/b"));
	CALL(unlink("empty/c"));
	CALL(rmdir("empty"));
	CALL(rmdir(folder));
	return 0;
}
