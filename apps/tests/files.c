/*
 * Files in memory at /tmp: names, links, sizes, holes, listings and what is refused, with the errors that Linux gives.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
#include "check.h"

/* musl 1.2.3 has neither. */
#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1
#define RENAME_EXCHANGE 2
#endif

#define REFUSED(call, wanted) \
	do { \
		errno = 0; \
		CHECK((call) == -1); \
		CHECK_EQ(errno, wanted); \
	} while (0)

static char data[3 * 65536], back[3 * 65536];

static void contents(void)
{
	int fd = open("file", O_RDWR | O_CREAT | O_EXCL, 0640);
	struct stat status;
	struct iovec parts[2] = {{back, 5000}, {back + 5000, 5000}};

	CHECK(fd >= 0);
	for (unsigned i = 0; i < sizeof data; i++)
		data[i] = (char)(i * 31 + i / 4096);
	CHECK_EQ(write(fd, data, sizeof data), sizeof data);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), sizeof data);
	CHECK_EQ(read(fd, back, 10), 0);
	CHECK_EQ(pread(fd, back, sizeof back, 0), sizeof back);
	CHECK_EQ(memcmp(data, back, sizeof data), 0);
	CHECK_EQ(lseek(fd, 4000, SEEK_SET), 4000);
	CHECK_EQ(readv(fd, parts, 2), 10000);
	CHECK_EQ(memcmp(data + 4000, back, 10000), 0);
	CHECK_EQ(pwrite(fd, "XYZ", 3, 4095), 3);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 14000);
	CHECK_EQ(pread(fd, back, 5, 4094), 5);
	CHECK_EQ(memcmp(back + 1, "XYZ", 3), 0);
	CHECK_EQ(fstat(fd, &status), 0);
	CHECK_EQ(status.st_size, sizeof data);
	CHECK_EQ(status.st_mode, S_IFREG | 0640);
	CHECK_EQ(status.st_nlink, 1);
	REFUSED(lseek(fd, -1, SEEK_SET), EINVAL);
	REFUSED(pread(fd, back, 1, -1), EINVAL);
	CHECK_EQ(fsync(fd), 0);
	close(fd);
	REFUSED(open("file", O_RDWR | O_CREAT | O_EXCL, 0600), EEXIST);
	fd = open("file", O_WRONLY | O_APPEND);
	CHECK_EQ(write(fd, "end", 3), 3);
	CHECK_EQ(lseek(fd, 0, SEEK_END), (long)sizeof data + 3);
	REFUSED(read(fd, back, 1), EBADF);
	close(fd);
	fd = open("file", O_RDONLY | O_TRUNC);
	CHECK_EQ(fstat(fd, &status), 0);
	CHECK_EQ(status.st_size, 0);
	REFUSED(write(fd, "x", 1), EBADF);
	REFUSED(ftruncate(fd, 1), EINVAL);
	close(fd);
	CHECK_EQ(unlink("file"), 0);
	REFUSED(unlink("file"), ENOENT);
}

static void holes(void)
{
	int fd = open("holes", O_RDWR | O_CREAT, 0600);
	struct stat status;

	CHECK_EQ(pwrite(fd, "far", 3, 1l << 40), 3);
	CHECK_EQ(fstat(fd, &status), 0);
	CHECK_EQ(status.st_size, (1l << 40) + 3);
	CHECK_EQ(pread(fd, back, 100, 12345), 100);
	CHECK(back[0] == 0 && back[99] == 0);
	CHECK_EQ(lseek(fd, 0, SEEK_DATA), 1l << 40);
	CHECK_EQ(lseek(fd, 5, SEEK_HOLE), 5);
	REFUSED(lseek(fd, 1l << 41, SEEK_DATA), ENXIO);
	CHECK_EQ(ftruncate(fd, 10000), 0);
	REFUSED(lseek(fd, 0, SEEK_DATA), ENXIO);
	CHECK_EQ(pwrite(fd, data, 10000, 0), 10000);
	CHECK_EQ(ftruncate(fd, 5000), 0);
	CHECK_EQ(ftruncate(fd, 9000), 0);
	CHECK_EQ(pread(fd, back, 9000, 0), 9000);
	CHECK(memcmp(back, data, 5000) == 0 && back[5000] == 0 && back[8999] == 0);
	CHECK_EQ(pwrite(fd, data, 16384, 0), 16384);
	CHECK_EQ(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 100, 8192), 0);
	CHECK_EQ(pread(fd, back, 16384, 0), 16384);
	CHECK(memcmp(back, data, 100) == 0 && back[100] == 0 && back[8291] == 0);
	CHECK_EQ(memcmp(back + 8292, data + 8292, 16384 - 8292), 0);
	CHECK_EQ(fallocate(fd, 0, 0, 40000), 0);
	CHECK_EQ(lseek(fd, 0, SEEK_END), 40000);
	REFUSED(fallocate(fd, 0, 0, 0), EINVAL);
	REFUSED(ftruncate(fd, -1), EINVAL);
	close(fd);
	CHECK_EQ(truncate("holes", 3), 0);
	CHECK(stat("holes", &status) == 0 && status.st_size == 3);
	CHECK_EQ(unlink("holes"), 0);
}

static void names(void)
{
	struct stat status, other;
	static char long_name[300];
	int fd;

	memset(long_name, 'n', 256);
	REFUSED(mkdir(long_name, 0700), ENAMETOOLONG);
	long_name[255] = 0;
	CHECK_EQ(mkdir(long_name, 0700), 0);
	CHECK_EQ(rmdir(long_name), 0);
	CHECK_EQ(mkdir("dir", 0755), 0);
	REFUSED(mkdir("dir", 0755), EEXIST);
	REFUSED(mkdir("none/dir", 0755), ENOENT);
	CHECK_EQ(mkdir("dir/sub/", 0700), 0);
	REFUSED(rmdir("dir"), ENOTEMPTY);
	REFUSED(unlink("dir"), EISDIR);
	REFUSED(rmdir("dir/."), EINVAL);
	REFUSED(rmdir("dir/.."), ENOTEMPTY);
	CHECK(stat("dir", &status) == 0 && status.st_nlink == 3 && S_ISDIR(status.st_mode));
	fd = open("dir/file", O_CREAT | O_WRONLY, 0600);
	CHECK(fd >= 0);
	REFUSED(open("dir/file/x", O_RDONLY), ENOTDIR);
	REFUSED(open("dir/file/", O_RDONLY), ENOTDIR);
	REFUSED(open("dir/new/", O_CREAT | O_WRONLY, 0600), EISDIR);
	REFUSED(open("dir", O_WRONLY), EISDIR);
	REFUSED(open("dir/file", O_RDONLY | O_DIRECTORY), ENOTDIR);
	REFUSED(open("", O_RDONLY), ENOENT);
	CHECK_EQ(link("dir/file", "second"), 0);
	CHECK(fstat(fd, &status) == 0 && status.st_nlink == 2);
	REFUSED(link("dir", "third"), EPERM);
	REFUSED(link("dir/file", "second"), EEXIST);
	CHECK_EQ(rename("second", "dir/sub/moved"), 0);
	CHECK(stat("dir/sub/moved", &other) == 0 && other.st_ino == status.st_ino);
	REFUSED(rename("dir", "dir/sub/dir"), EINVAL);
	REFUSED(rename("none", "other"), ENOENT);
	REFUSED(rename("dir/file", "dir/sub"), EISDIR);
	REFUSED(rename("dir/sub", "dir/file"), ENOTDIR);
	REFUSED(syscall(SYS_renameat2, AT_FDCWD, "dir/file", AT_FDCWD, "dir/sub/moved", RENAME_NOREPLACE), EEXIST);
	CHECK_EQ(syscall(SYS_renameat2, AT_FDCWD, "dir/file", AT_FDCWD, "dir/sub", RENAME_EXCHANGE), 0);
	CHECK(stat("dir/file", &other) == 0 && S_ISDIR(other.st_mode));
	CHECK(stat("dir/file/..", &other) == 0 && stat("dir", &status) == 0 && other.st_ino == status.st_ino);
	/* Without a name it lives on. */
	CHECK_EQ(write(fd, "alive", 5), 5);
	CHECK_EQ(unlink("dir/sub"), 0);
	CHECK_EQ(unlink("dir/file/moved"), 0);
	CHECK(fstat(fd, &status) == 0 && status.st_nlink == 0 && status.st_size == 5);
	close(fd);
	CHECK_EQ(rmdir("dir/file"), 0);
	CHECK_EQ(rmdir("dir"), 0);
}

static void links(void)
{
	char text[100];
	struct stat status;
	int fd;

	CHECK_EQ(symlink("target", "link"), 0);
	REFUSED(symlink("x", "link"), EEXIST);
	CHECK_EQ(readlink("link", text, sizeof text), 6);
	CHECK_EQ(readlink("link", text, 3), 3);
	REFUSED(readlink(".", text, 10), EINVAL);
	REFUSED(open("link", O_RDONLY), ENOENT);
	REFUSED(open("link", O_RDONLY | O_NOFOLLOW), ELOOP);
	REFUSED(open("link", O_CREAT | O_EXCL | O_WRONLY, 0600), EEXIST);
	fd = open("link", O_CREAT | O_WRONLY, 0600);
	CHECK(fd >= 0);
	CHECK(stat("target", &status) == 0);
	close(fd);
	CHECK(lstat("link", &status) == 0 && S_ISLNK(status.st_mode) && status.st_size == 6);
	fd = open("link", O_PATH | O_NOFOLLOW);
	CHECK(fd >= 0 && fstat(fd, &status) == 0 && S_ISLNK(status.st_mode));
	REFUSED(read(fd, text, 1), EBADF);
	close(fd);
	CHECK_EQ(symlink("loop", "loop"), 0);
	REFUSED(open("loop", O_RDONLY), ELOOP);
	CHECK_EQ(mkdir("deep", 0700), 0);
	CHECK_EQ(symlink("../target", "deep/up"), 0);
	CHECK(stat("deep/up", &status) == 0);
	REFUSED(unlink("link/"), ENOTDIR);
	unlink("link");
	unlink("loop");
	unlink("deep/up");
	unlink("target");
	CHECK_EQ(rmdir("deep"), 0);
}

static void listings(void)
{
	char name[20], where[300], again[300];
	int seen = 0, dots = 0;
	struct dirent *entry;

	CHECK_EQ(mkdir("many", 0700), 0);
	for (int i = 0; i < 500; i++) {
		snprintf(name, sizeof name, "many/%d", i);
		close(open(name, O_CREAT | O_WRONLY, 0600));
	}
	DIR *list = opendir("many");
	/* Entries may be removed while they are listed. */
	while ((entry = readdir(list)) != NULL) {
		if (entry->d_name[0] == '.') {
			dots++;
			CHECK_EQ(entry->d_type, DT_DIR);
			continue;
		}
		seen++;
		snprintf(where, sizeof where, "many/%s", entry->d_name);
		if (unlink(where) != 0)
			CHECK(!"a listed entry can be removed");
	}
	CHECK_EQ(seen, 500);
	CHECK_EQ(dots, 2);
	closedir(list);
	CHECK(getcwd(where, sizeof where) != NULL);
	CHECK_EQ(chdir("many"), 0);
	CHECK(getcwd(again, sizeof again) != NULL && strncmp(again, where, strlen(where)) == 0);
	CHECK(strcmp(again + strlen(where), "/many") == 0);
	REFUSED(syscall(SYS_getcwd, again, 2), ERANGE);
	CHECK_EQ(rmdir("../many"), 0);
	errno = 0;
	CHECK(syscall(SYS_getcwd, again, sizeof again) == -1 && errno == ENOENT);
	REFUSED(open("new", O_CREAT | O_WRONLY, 0600), ENOENT);
	CHECK_EQ(chdir(where), 0);
}

static void attributes(void)
{
	struct timespec times[2] = {{1000, 5}, {2000, UTIME_OMIT}};
	struct stat status;
	struct statfs space;

	umask(027);
	close(open("mode", O_CREAT | O_WRONLY, 0666));
	CHECK(stat("mode", &status) == 0 && (status.st_mode & 07777) == 0640);
	CHECK_EQ(umask(022), 027);
	CHECK_EQ(chmod("mode", 04711), 0);
	CHECK(stat("mode", &status) == 0 && (status.st_mode & 07777) == 04711);
	CHECK_EQ(utimensat(AT_FDCWD, "mode", times, 0), 0);
	struct timespec before = status.st_mtim;
	CHECK(stat("mode", &status) == 0 && status.st_atim.tv_sec == 1000 && status.st_atim.tv_nsec == 5);
	CHECK(status.st_mtim.tv_sec == before.tv_sec && status.st_mtim.tv_nsec == before.tv_nsec);
	CHECK_EQ(access("mode", R_OK | W_OK), 0);
	REFUSED(access("none", F_OK), ENOENT);
	REFUSED(access("mode", 9), EINVAL);
	CHECK_EQ(statfs(".", &space), 0);
	CHECK(space.f_bsize > 0 && space.f_blocks >= space.f_bfree);
	unlink("mode");
}

static void copies(void)
{
	int from = open("from", O_RDWR | O_CREAT, 0600), to = open("to", O_RDWR | O_CREAT, 0600), ends[2];
	off_t offset = 10;

	CHECK_EQ(write(from, data, 100000), 100000);
	CHECK_EQ(sendfile(to, from, &offset, 50000), 50000);
	CHECK_EQ(offset, 50010);
	CHECK_EQ(pread(to, back, 60000, 0), 50000);
	CHECK_EQ(memcmp(back, data + 10, 50000), 0);
	CHECK_EQ(pipe(ends), 0);
	CHECK_EQ(sendfile(ends[1], from, &offset, 1000), 1000);
	CHECK(read(ends[0], back, 2000) == 1000 && memcmp(back, data + 50010, 1000) == 0);
	off_t in = 5, out = 0;
	CHECK_EQ(copy_file_range(from, &in, to, &out, 20, 0), 20);
	CHECK(in == 25 && out == 20 && pread(to, back, 20, 0) == 20 && memcmp(back, data + 5, 20) == 0);
	close(ends[0]);
	close(ends[1]);
	close(from);
	close(to);
	unlink("from");
	unlink("to");
	int memory = memfd_create("name", MFD_ALLOW_SEALING);
	CHECK(memory >= 0 && write(memory, "abc", 3) == 3);
	CHECK_EQ(fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW), 0);
	REFUSED(ftruncate(memory, 1), EPERM);
	REFUSED(ftruncate(memory, 10), EPERM);
	CHECK_EQ(pwrite(memory, "x", 1, 0), 1);
	CHECK_EQ(fcntl(memory, F_GET_SEALS), F_SEAL_SHRINK | F_SEAL_GROW);
	close(memory);
}

static void special(void)
{
	int fd = open("/dev/zero", O_RDWR);
	char text[4096];

	memset(back, 1, 5000);
	CHECK(fd >= 0 && read(fd, back, 5000) == 5000 && back[0] == 0 && back[4999] == 0);
	close(fd);
	fd = open("/dev/null", O_RDWR);
	CHECK(write(fd, "x", 1) == 1 && read(fd, back, 1) == 0);
	close(fd);
	fd = open("/dev/full", O_RDWR);
	REFUSED(write(fd, "x", 1), ENOSPC);
	close(fd);
	fd = open("/dev/urandom", O_RDONLY);
	CHECK(read(fd, back, 16) == 16 && read(fd, back + 16, 16) == 16 && memcmp(back, back + 16, 16) != 0);
	close(fd);
	fd = open("/proc/self/maps", O_RDONLY);
	int got = (int)read(fd, text, sizeof text - 1);
	CHECK(got > 0);
	text[got > 0 ? got : 0] = 0;
	CHECK(strstr(text, "r-xp") != NULL);
	close(fd);
	fd = open("/proc/self/stat", O_RDONLY);
	got = (int)read(fd, text, sizeof text - 1);
	text[got > 0 ? got : 0] = 0;
	CHECK_EQ(atoi(text), getpid());
	CHECK(strstr(text, ") R ") != NULL);
	close(fd);
	fd = open("/sys/devices/system/cpu/online", O_RDONLY);
	CHECK(read(fd, text, 10) >= 2 && text[0] == '0');
	close(fd);
	int ends[2];
	CHECK_EQ(pipe(ends), 0);
	snprintf(text, sizeof text, "/proc/self/fd/%d", ends[0]);
	char target[64];
	got = (int)readlink(text, target, sizeof target);
	CHECK(got > 6 && memcmp(target, "pipe:[", 6) == 0);
	REFUSED(open("/proc/self/fd/999", O_RDONLY), ENOENT);
	CHECK_EQ(mkfifo("fifo", 0600), 0);
	fd = open("fifo", O_RDWR);
	CHECK(write(fd, "through", 7) == 7 && read(fd, text, 10) == 7);
	close(fd);
	REFUSED(open("fifo", O_WRONLY | O_NONBLOCK), ENXIO);
	unlink("fifo");
}

int main(void)
{
	char place[] = "/tmp/files-XXXXXX";

	umask(022);
	if (!CHECK(mkdtemp(place) != NULL && chdir(place) == 0))
		return 2;
	contents();
	holes();
	names();
	links();
	listings();
	attributes();
	copies();
	special();
	chdir("/");
	CHECK_EQ(rmdir(place), 0);
	return check_done("files");
}
