/* Which calls change which times of a file and of its folder: contents the time of modification, attributes and names that of change. */
#include "files.h"
#include <sys/sendfile.h>

static struct timespec before, folder_before;

/* Waits for the clock of files, which moves in ticks, by making changes until one is later. */
static void next_tick(void)
{
	struct stat status, first;

	NEED(chmod("tick", 0644) == 0 && stat("tick", &first) == 0);
	do
		NEED(chmod("tick", 0644) == 0 && stat("tick", &status) == 0);
	while (status.st_ctim.tv_sec == first.st_ctim.tv_sec && status.st_ctim.tv_nsec == first.st_ctim.tv_nsec);
}

static bool is_same(struct timespec one, struct timespec other)
{
	return one.tv_sec == other.tv_sec && one.tv_nsec == other.tv_nsec;
}

static void begin(void)
{
	static const struct timespec old[2] = {{1000000000, 0}, {1000000000, 0}};
	struct stat status;

	NEED(utimensat(AT_FDCWD, "folder/file", old, 0) == 0 && utimensat(AT_FDCWD, "folder", old, 0) == 0);
	NEED(stat("folder/file", &status) == 0);
	before = status.st_ctim;
	NEED(stat("folder", &status) == 0);
	folder_before = status.st_ctim;
	next_tick();
}

static void show_changes(const char *name)
{
	struct stat status;

	NEED(stat(name, &status) == 0);
	printf(" %s%s%s,", name, status.st_mtim.tv_sec != 1000000000 ? " modified" : "",
	       is_same(status.st_ctim, strchr(name, '/') ? before : folder_before) ? "" : " changed");
}

#define TIMES(call)                                                                                                        \
	do {                                                                                                               \
		begin();                                                                                                   \
		NEED((call) >= 0);                                                                                         \
		printf("%s:", #call);                                                                                      \
		show_changes("folder/file");                                                                               \
		show_changes("folder");                                                                                    \
		printf("\n");                                                                                              \
	} while (0)

int main(void)
{
	char text[4];

	enter_work_folder();
	NEED(mkdir("folder", 0755) == 0);
	make_file("folder/file", "text");
	make_file("tick", "x");
	int fd = open("folder/file", O_RDWR), other = open("tick", O_RDWR);

	TIMES(pwrite(fd, "x", 1, 0));
	TIMES(pwrite(fd, "x", 0, 0));
	TIMES(pread(fd, text, 1, 0));
	TIMES(ftruncate(fd, 2));
	TIMES(ftruncate(fd, 2));
	TIMES(truncate("folder/file", 2));
	TIMES(truncate("folder/file", 5));
	TIMES(close(open("folder/file", O_WRONLY | O_TRUNC)));
	TIMES(close(open("folder/file", O_WRONLY | O_TRUNC)));
	TIMES(close(open("folder/file", O_WRONLY | O_CREAT, 0600)));
	TIMES(sendfile(fd, other, NULL, 1));
	TIMES(chmod("folder/file", 0644));
	TIMES(fchmod(fd, 0600));
	TIMES(chown("folder/file", getuid(), -1));
	TIMES(chown("folder/file", -1, -1));
	TIMES(link("folder/file", "folder/second"));
	TIMES(unlink("folder/second"));
	TIMES(link("folder/file", "outside"));
	TIMES(unlink("outside"));
	TIMES(rename("folder/file", "folder/file"));
	TIMES(mkdir("folder/sub", 0755));
	TIMES(rmdir("folder/sub"));
	TIMES(symlink("x", "folder/link"));
	TIMES(rename("folder/link", "folder/renamed"));
	TIMES(unlink("folder/renamed"));
	TIMES(close(open("folder/new", O_CREAT | O_EXCL | O_WRONLY, 0600)));
	TIMES(rename("folder/new", "new"));
	TIMES(access("folder/file", R_OK));
	TIMES(chdir("folder") == 0 ? chdir("..") : -1);
	TIMES(chmod("folder", 0700));
	TIMES(rename("folder", "moved") == 0 ? rename("moved", "folder") : -1);
	remove_work_folder();
	return 0;
}
