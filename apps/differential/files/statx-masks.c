/* statx: what is asked for and what comes back, flags, wrong arguments, by descriptor and by path. */
#include "files.h"
#include <sys/sysmacros.h>

struct statx_time {
	int64_t seconds;
	uint32_t nanoseconds;
	int32_t reserved;
};

struct answer {
	uint32_t mask, block_bytes;
	uint64_t attributes;
	uint32_t links, uid, gid;
	uint16_t mode, spare;
	uint64_t inode, size, blocks, attributes_mask;
	struct statx_time access, birth, change, modify;
	uint32_t rdev_major, rdev_minor, dev_major, dev_minor;
	uint64_t more[14];
};

#define BASIC 0x7ff
#define STATX(fd, path, flags, mask, into) CALL(syscall(SYS_statx, fd, path, flags, mask, into))

int main(void)
{
	struct answer answer;
	struct stat status;

	enter_work_folder();
	make_file("file", "0123456789");
	NEED(symlink("file", "link") == 0);
	int fd = open("file", O_RDONLY);

	for (uint32_t mask = 0; mask <= 0xfff; mask = mask * 2 + 1) {
		memset(&answer, 0xff, sizeof answer);
		STATX(AT_FDCWD, "file", 0, mask, &answer);
		HOLDS((answer.mask & mask & BASIC) == (mask & BASIC));
	}
	NEED(stat("file", &status) == 0);
	HOLDS(answer.inode == status.st_ino && answer.mode == status.st_mode && answer.links == 1 && answer.size == 10);
	HOLDS(answer.modify.seconds == status.st_mtim.tv_sec && answer.modify.nanoseconds == status.st_mtim.tv_nsec);
	HOLDS(makedev(answer.dev_major, answer.dev_minor) == status.st_dev);
	HOLDS((answer.attributes & ~answer.attributes_mask) == 0);
	HOLDS((answer.mask & 0x800) == 0 || answer.birth.seconds > 1000000000);
	STATX(AT_FDCWD, "link", AT_SYMLINK_NOFOLLOW, BASIC, &answer);
	HOLDS(S_ISLNK(answer.mode));
	STATX(fd, "", AT_EMPTY_PATH, BASIC, &answer);
	SHOW(answer.size);
	STATX(fd, "", 0, BASIC, &answer);
	STATX(99, "", AT_EMPTY_PATH, BASIC, &answer);
	STATX(AT_FDCWD, "", AT_EMPTY_PATH, BASIC, &answer);
	HOLDS(S_ISDIR(answer.mode));
	STATX(AT_FDCWD, "none", 0, BASIC, &answer);
	STATX(AT_FDCWD, "file", 0, 0x80000000u, &answer);
	STATX(AT_FDCWD, "file", 0x2000, BASIC, &answer);
	STATX(AT_FDCWD, "file", 0x4000, BASIC, &answer);
	STATX(AT_FDCWD, "file", 0x6000, BASIC, &answer);
	STATX(AT_FDCWD, "file", 0x10, BASIC, &answer);
	STATX(AT_FDCWD, "file", 0, BASIC, 16);
	STATX(AT_FDCWD, "/dev/null", 0, BASIC, &answer);
	printf("%u:%u\n", answer.rdev_major, answer.rdev_minor);
	remove_work_folder();
	return 0;
}
