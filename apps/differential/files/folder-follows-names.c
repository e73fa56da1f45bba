/* What is known about a folder just after a name in it came or went, by every call that makes, moves or removes one. */
#include "files.h"
#include <time.h>

static struct stat before;

/* The clock of files has ticks: the next change shall have another time. */
static void remember(const char *name)
{
	struct timespec start, now;

	NEED(stat(name, &before) == 0 && clock_gettime(CLOCK_REALTIME_COARSE, &start) == 0);
	do
		NEED(clock_gettime(CLOCK_REALTIME_COARSE, &now) == 0);
	while (now.tv_sec == start.tv_sec && now.tv_nsec < start.tv_nsec + 20000000);
}

static void compare(const char *name)
{
	struct stat after;

	NEED(stat(name, &after) == 0);
	printf("  %s: %+d links, modified: %s\n", name, (int)after.st_nlink - (int)before.st_nlink,
	       after.st_mtim.tv_sec != before.st_mtim.tv_sec || after.st_mtim.tv_nsec != before.st_mtim.tv_nsec ? "yes" : "no");
}

#define STEP(call) (remember("d/e"), CALL(call), compare("d/e"))

int main(void)
{
	int file;
	struct stat status;

	enter_work_folder();
	NEED(mkdir("d", 0755) == 0 && mkdir("d/e", 0755) == 0);
	STEP(file = open("d/e/f", O_CREAT | O_RDWR | O_EXCL, 0644));
	CALL(close(open("d/e/o", O_CREAT | O_WRONLY, 0644)));
	STEP(file = open("d/e/q", O_CREAT | O_WRONLY, 0644));
	CALL(close(file));
	file = open("d/e/f", O_RDWR);
	STEP(link("d/e/f", "d/e/g"));
	STEP(symlink("f", "d/e/s"));
	STEP(mkdir("d/e/h", 0755));
	STEP(rename("d/e/g", "d/e/i"));
	STEP(unlink("d/e/i"));
	show_mode("d/e/f");
	show_mode("d/e/i");
	STEP(unlink("d/e/f"));
	show_mode("d/e/f");
	NEED(fstat(file, &status) == 0);
	SHOW(status.st_nlink);
	CALL(write(file, "still", 5));
	CALL(pread(file, (char[8]){ 0 }, 8, 0));
	STEP(unlink("d/e/s"));
	STEP(unlink("d/e/h"));
	STEP(rmdir("d/e/h"));
	STEP(rmdir("d/e/h"));
	STEP(unlink("d/e/none"));
	/* The same name again, and through a link. */
	CALL(symlink("d/e", "way"));
	make_file("d/e/f", "another");
	show_mode("d/e/f");
	STEP(unlink("way/f"));
	show_mode("d/e/f");
	CALL(mkdir("way/f", 0700));
	STEP(rmdir("way/f/"));
	CALL(unlink("d/e/"));
	CALL(rmdir("d/e/."));
	CALL(unlink("way"));
	CALL(rmdir("d"));
	CALL(close(file));
	remove_work_folder();
	return 0;
}
