/* mkdir, rmdir, nesting, listing in any order, dot and dot-dot. */
#include "differ.h"
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

static char folder[] = "/tmp/differ-XXXXXX";

static int by_name(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

static void list(const char *path)
{
	char *names[32];
	size_t count = 0;
	DIR *opened = opendir(path);
	struct dirent *entry;

	NEED(opened != NULL);
	while ((entry = readdir(opened)) != NULL)
		names[count++] = strdup(entry->d_name);
	closedir(opened);
	qsort(names, count, sizeof names[0], by_name);
	for (size_t index = 0; index < count; index++)
		printf("%s%s", names[index], index + 1 < count ? " " : "\n");
}

int main(void)
{
	struct stat status;

	NEED(mkdtemp(folder) && chdir(folder) == 0);
	CALL(mkdir("one", 0700));
	CALL(mkdir("one", 0700));
	CALL(mkdir("one/two", 0700));
	CALL(mkdir("none/two", 0700));
	CALL(close(open("one/file", O_CREAT | O_WRONLY, 0600)));
	list(".");
	list("one");
	CALL(rmdir("one"));
	CALL(unlink("one/two"));
	CALL(rmdir("one/file"));
	CALL(rmdir("one/two"));
	CALL(unlink("one/file"));
	list("one");
	CALL(stat("one", &status));
	HOLDS(S_ISDIR(status.st_mode));
	CALL(stat("one/../one/.", &status));
	CALL(rmdir("one/."));
	CALL(rmdir("one"));
	CALL(stat("one", &status));
	CALL(rmdir(folder));
	return 0;
}
