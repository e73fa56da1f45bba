/* For programs about files: goes into a new folder below /tmp, and removes it at the end. */
#ifndef FILES_H
#define FILES_H
#include "differ.h"
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>

/* openat2(2), whose header musl-gcc does not have. */
struct how {
	uint64_t flags, mode, resolve;
};
#define RESOLVE_NO_XDEV 1
#define RESOLVE_NO_MAGICLINKS 2
#define RESOLVE_NO_SYMLINKS 4
#define RESOLVE_BENEATH 8
#define RESOLVE_IN_ROOT 16

static char work_folder[] = "/tmp/differ-XXXXXX";

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *place)
{
	(void)status, (void)type, (void)place;
	return remove(path);
}

static inline void remove_work_folder(void)
{
	NEED(chdir("..") == 0 && nftw(work_folder, remove_one, 8, FTW_DEPTH | FTW_PHYS) == 0);
}

static inline void enter_work_folder(void)
{
	NEED(mkdtemp(work_folder) && chdir(work_folder) == 0);
	umask(022);
}

static inline void make_file(const char *name, const char *text)
{
	int file = open(name, O_CREAT | O_WRONLY | O_TRUNC, 0644);

	NEED(file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text) && close(file) == 0);
}

static inline void show_mode(const char *name)
{
	struct stat status;

	if (lstat(name, &status) != 0)
		printf("%.20s: %s\n", name, error_name(errno));
	else if (S_ISDIR(status.st_mode))
		printf("%.20s: %06o\n", name, status.st_mode);
	else
		printf("%.20s: %06o, %d names, %lld bytes\n", name, status.st_mode, (int)status.st_nlink, (long long)status.st_size);
}
#endif
