/* A folder stays as long as somebody is in it or below it: ".." leads up through folders that were all removed. */
#include "files.h"

#define DEPTH 40
#define OTHERS 200

static char top[PATH_MAX];

/* What was given back is used again by these. */
static void make_others(void)
{
	char name[32];

	for (int index = 0; index < OTHERS; index++) {
		snprintf(name, sizeof name, "%.20s/other%d", top, index);
		NEED(mkdir(name, 0700) == 0);
	}
}

static void remove_others(void)
{
	char name[32];

	for (int index = 0; index < OTHERS; index++) {
		snprintf(name, sizeof name, "%.20s/other%d", top, index);
		NEED(rmdir(name) == 0);
	}
}

static void go_down(int folders[DEPTH])
{
	for (int depth = 0; depth < DEPTH; depth++) {
		NEED(mkdir("in", 0750 + depth % 8) == 0 && chdir("in") == 0);
		NEED((folders[depth] = open(".", O_PATH)) >= 0);
	}
}

int main(void)
{
	int folders[DEPTH], above[DEPTH];
	struct stat status;

	enter_work_folder();
	NEED(getcwd(top, sizeof top));
	above[0] = open(".", O_PATH);
	go_down(folders);
	for (int depth = 1; depth < DEPTH; depth++)
		above[depth] = folders[depth - 1];
	for (int depth = DEPTH - 1; depth >= 0; depth--)
		NEED(unlinkat(above[depth], "in", AT_REMOVEDIR) == 0);
	for (int depth = 0; depth < DEPTH; depth++)
		NEED(close(folders[depth]) == 0);
	make_others();
	for (int depth = 0; depth < DEPTH; depth++) {
		NEED(stat(".", &status) == 0);
		if (depth % 10 == 0 || depth == DEPTH - 1)
			printf("%d up: mode %04o, %d links, %s\n", depth, status.st_mode & 07777, (int)status.st_nlink,
			       mkdir("new", 0700) == 0 ? "made" : error_name(errno));
		NEED(chdir("..") == 0);
	}
	printf("at the top again: %s\n", access("other7", F_OK) == 0 ? "yes" : error_name(errno));
	remove_others();
	NEED(chdir(top) == 0 && close(above[0]) == 0);
	remove_work_folder();
	return 0;
}
