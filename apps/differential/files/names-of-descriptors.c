/* What /proc says of open and mapped files and of folders after they, or folders above them, are renamed, replaced and removed. */
#include "files.h"

static char start[PATH_MAX];

/* Paths below the work folder are printed without it. */
static void print_path(const char *what, const char *path)
{
	size_t length = strlen(start);

	printf("%s: %s\n", what, strncmp(path, start, length) == 0 && path[length] == '/' ? path + length + 1 : path);
}

static void show(const char *what, int fd)
{
	char link[64], path[PATH_MAX];
	ssize_t length;

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	length = readlink(link, path, sizeof path - 1);
	NEED(length > 0);
	path[length] = '\0';
	print_path(what, path);
}

static void show_working_directory(void)
{
	char path[PATH_MAX];
	ssize_t length = readlink("/proc/self/cwd", path, sizeof path - 1);

	NEED(length > 0);
	path[length] = '\0';
	print_path("cwd", path);
	if (getcwd(path, sizeof path))
		print_path("getcwd", path);
	else
		printf("getcwd: %s\n", error_name(errno));
}

static void show_file(void)
{
	int file = open("a/one", O_RDONLY), again = open("a/./one", O_RDWR), copy = dup(file), other = open("a/two", O_RDONLY);

	show("file", file);
	NEED(rename("a/one", "a/new") == 0);
	show("renamed", file);
	show("again", again);
	show("a duplicate", copy);
	NEED(rename("a/new", "b/new") == 0);
	show("in another folder", file);
	NEED(rename("b", "c") == 0);
	show("its folder renamed", file);
	NEED(rename("c", "a/c") == 0);
	show("its folder moved", file);
	NEED(rename("a", "d") == 0);
	show("the folder above renamed", file);
	show("another in it", other);
	NEED(rename("d/two", "d/c/new") == 0);
	show("replaced", file);
	show("what replaced it", other);
	NEED(unlink("d/c/new") == 0);
	show("removed", other);
	make_file("d/c/new", "x");
	show("another of its name", other);
	NEED(close(file) == 0 && close(again) == 0 && close(copy) == 0 && close(other) == 0);
}

static void show_links(void)
{
	int one, two;

	make_file("first", "x");
	NEED(link("first", "second") == 0);
	NEED((one = open("first", O_RDONLY)) >= 0 && (two = open("second", O_RDONLY)) >= 0);
	NEED(rename("first", "third") == 0);
	show("the first of two names", one);
	show("the second", two);
	NEED(rename("second", "third") == 0);
	show("a rename to the same file", one);
	show("the second", two);
	NEED(unlink("third") == 0);
	show("the first removed", one);
	show("the second", two);
	NEED(rename("second", "last") == 0);
	show("the first", one);
	show("the second renamed", two);
	NEED(close(one) == 0 && close(two) == 0);
}

static void show_folders(void)
{
	int folder, inner;

	NEED(mkdir("x", 0755) == 0 && mkdir("x/y", 0755) == 0 && mkdir("x/y/z", 0755) == 0 && mkdir("empty", 0755) == 0);
	NEED((folder = open("x/y", O_RDONLY)) >= 0 && (inner = open("x/y/z", O_PATH)) >= 0 && chdir("x/y/z") == 0);
	show_working_directory();
	NEED(rename("../../../x", "../../../w") == 0);
	show("a folder", folder);
	show("a place", inner);
	show_working_directory();
	NEED(renameat(folder, "z", folder, "q") == 0);
	show_working_directory();
	NEED(renameat(folder, "q", AT_FDCWD, "../../../empty") == 0);
	show_working_directory();
	show("the place", inner);
	NEED(rmdir("../empty") == 0);
	show_working_directory();
	show("the place", inner);
	NEED(fchdir(folder) == 0 && close(folder) == 0 && close(inner) == 0);
	show_working_directory();
	NEED(chdir(start) == 0);
}

/* A buffer that is too small gets the beginning. */
static void show_beginnings(void)
{
	char path[16] = "";

	printf("a few bytes: %d, %d, ", (int)readlink("/proc/self/cwd", path, 4), (int)readlink("/proc/self/fd/0", path + 5, 1));
	printf("%s\n", path);
}

/* The line of /proc/self/maps that is about an address, from the path on. */
static void show_mapped(const char *what, const void *address)
{
	char line[PATH_MAX + 100];
	FILE *maps = fopen("/proc/self/maps", "r");

	NEED(maps);
	while (fgets(line, sizeof line, maps))
		if (strtoul(line, NULL, 16) == (unsigned long)address) {
			line[strcspn(line, "\n")] = '\0';
			print_path(what, strchr(line, '/'));
		}
	fclose(maps);
}

static void show_mappings(void)
{
	int file;
	void *pages;

	make_file("mapped", "x");
	NEED(mkdir("folder", 0755) == 0 && (file = open("mapped", O_RDONLY)) >= 0);
	NEED((pages = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, file, 0)) != MAP_FAILED && close(file) == 0);
	show_mapped("mapped", pages);
	NEED(rename("mapped", "folder/moved") == 0);
	show_mapped("moved", pages);
	NEED(rename("folder", "other") == 0);
	show_mapped("its folder renamed", pages);
	NEED(unlink("other/moved") == 0 && rmdir("other") == 0);
	show_mapped("removed", pages);
	NEED(munmap(pages, PAGE) == 0);
}

int main(void)
{
	enter_work_folder();
	NEED(getcwd(start, sizeof start));
	NEED(mkdir("a", 0755) == 0 && mkdir("b", 0755) == 0);
	make_file("a/one", "1");
	make_file("a/two", "2");
	show_file();
	show_links();
	show_folders();
	show_beginnings();
	show_mappings();
	remove_work_folder();
	return 0;
}
