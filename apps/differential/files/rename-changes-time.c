/* A file and a folder that are renamed have a new time of change, and so has a file of which one name was replaced. */
#include "files.h"

static struct timespec change_time(const char *name)
{
	struct stat status;

	NEED(lstat(name, &status) == 0);
	return status.st_ctim;
}

static bool is_later(struct timespec one, struct timespec than)
{
	return one.tv_sec > than.tv_sec || (one.tv_sec == than.tv_sec && one.tv_nsec > than.tv_nsec);
}

static void next_tick(void)
{
	struct timespec first = change_time("tick");

	do
		NEED(chmod("tick", 0644) == 0);
	while (!is_later(change_time("tick"), first));
}

int main(void)
{
	enter_work_folder();
	make_file("tick", "x");
	make_file("file", "x");
	make_file("victim", "y");
	NEED(mkdir("folder", 0755) == 0 && symlink("x", "link") == 0 && link("victim", "other-name") == 0);
	struct timespec file = change_time("file"), folder = change_time("folder"), link = change_time("link"), victim = change_time("victim");

	next_tick();
	CALL(rename("folder", "moved"));
	CALL(rename("link", "moved-link"));
	CALL(rename("file", "victim"));
	HOLDS(is_later(change_time("moved"), folder));
	HOLDS(is_later(change_time("moved-link"), link));
	HOLDS(is_later(change_time("victim"), file));
	HOLDS(is_later(change_time("other-name"), victim));
	remove_work_folder();
	return 0;
}
