/*
 * Every call that takes a path, tried with one path: what Linux answers, and in which order it looks, is the same for most of them, and a
 * system that answers one differently has forgotten something there.
 *
 * Each call finds the folder as `set_up` makes it, so that what one of them removed or made does not disturb the next.
 */
#ifndef PATH_CALLS_H
#define PATH_CALLS_H
#include "files.h"
#include <sys/statfs.h>
#include <sys/xattr.h>

static inline int opened(int fd)
{
	return fd < 0 ? fd : close(fd);
}

static inline int open_by_how(const char *path, unsigned long flags, unsigned long resolve)
{
	struct how how = {.flags = flags, .resolve = resolve};

	return opened(syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how));
}

static const struct timespec path_times[2] = {{1000, 1}, {2000, 2}};
static const struct timespec path_omitted[2] = {{0, UTIME_OMIT}, {0, UTIME_NOW}};

static inline bool path_call(int which, const char *path)
{
	struct stat status;
	struct statfs space;
	char text[512];

	switch (which) {
#define PATH_CALL(number, call)                                                                                            \
	case number:                                                                                                       \
		print_success(#call, (errno = 0, (call)));                                                                 \
		return true;
		PATH_CALL(0, stat(path, &status))
		PATH_CALL(1, lstat(path, &status))
		PATH_CALL(2, access(path, F_OK))
		PATH_CALL(3, faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW))
		PATH_CALL(4, opened(open(path, O_RDONLY | O_NONBLOCK)))
		PATH_CALL(5, opened(open(path, O_WRONLY | O_NONBLOCK)))
		PATH_CALL(6, opened(open(path, O_RDWR | O_CREAT, 0644)))
		PATH_CALL(7, opened(open(path, O_RDWR | O_CREAT | O_EXCL, 0644)))
		PATH_CALL(8, opened(open(path, O_RDWR | O_TRUNC)))
		PATH_CALL(9, opened(open(path, O_RDONLY | O_DIRECTORY)))
		PATH_CALL(10, opened(open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)))
		PATH_CALL(11, opened(open(path, O_PATH)))
		PATH_CALL(12, opened(open(path, O_PATH | O_NOFOLLOW)))
		PATH_CALL(13, opened(open(path, O_PATH | O_DIRECTORY)))
		PATH_CALL(14, open_by_how(path, O_RDONLY | O_NONBLOCK, RESOLVE_NO_SYMLINKS))
		PATH_CALL(15, open_by_how(path, O_RDONLY | O_NONBLOCK, RESOLVE_BENEATH))
		PATH_CALL(16, mkdir(path, 0755))
		PATH_CALL(17, rmdir(path))
		PATH_CALL(18, unlinkat(AT_FDCWD, path, 0))
		PATH_CALL(19, mknod(path, S_IFREG | 0644, 0))
		PATH_CALL(20, unlink(path))
		PATH_CALL(21, unlinkat(AT_FDCWD, path, AT_REMOVEDIR))
		PATH_CALL(22, link(path, "made"))
		PATH_CALL(23, link("other", path))
		PATH_CALL(24, linkat(AT_FDCWD, path, AT_FDCWD, "made", AT_SYMLINK_FOLLOW))
		PATH_CALL(25, symlink(path, "made"))
		PATH_CALL(26, symlink("other", path))
		PATH_CALL(27, rename(path, "made"))
		PATH_CALL(28, rename("other", path))
		PATH_CALL(29, rename("directory", path))
		PATH_CALL(30, syscall(SYS_renameat2, AT_FDCWD, "other", AT_FDCWD, path, 1 /* RENAME_NOREPLACE */))
		PATH_CALL(31, readlink(path, text, sizeof text))
		PATH_CALL(32, chmod(path, 0700))
		PATH_CALL(33, chown(path, -1, -1))
		PATH_CALL(34, lchown(path, -1, -1))
		PATH_CALL(35, utimensat(AT_FDCWD, path, path_times, 0))
		PATH_CALL(36, utimensat(AT_FDCWD, path, path_omitted, AT_SYMLINK_NOFOLLOW))
		PATH_CALL(37, truncate(path, 10))
		PATH_CALL(38, chdir(path))
		PATH_CALL(39, statfs(path, &space))
		PATH_CALL(40, getxattr(path, "user.none", text, sizeof text) == -1 && errno != ENODATA && errno != EOPNOTSUPP ? -1 : 0)
		PATH_CALL(41, lgetxattr(path, "user.none", text, sizeof text) == -1 && errno != ENODATA && errno != EOPNOTSUPP ? -1 : 0)
#undef PATH_CALL
	}
	return false;
}

/* Tries every call; the folder has "other", a file, and "directory", which is empty, besides what `set_up` makes. */
static inline void try_path_calls(const char *path, void (*set_up)(void))
{
	for (int which = 0;; which++) {
		NEED(mkdir("t", 0755) == 0 && chdir("t") == 0);
		int place = open(".", O_RDONLY | O_DIRECTORY);

		make_file("other", "other\n");
		NEED(place >= 0 && mkdir("directory", 0755) == 0);
		if (set_up)
			set_up();
		bool was_tried = path_call(which, path);

		NEED(fchdir(place) == 0 && close(place) == 0 && chdir("..") == 0);
		NEED(nftw("t", remove_one, 8, FTW_DEPTH | FTW_PHYS) == 0);
		if (!was_tried)
			return;
	}
}
#endif
