/* The older forms of calls: getdents, creat, utime, stat by numbers; they say the same as the newer ones. */
#include "files.h"

struct old_entry {
	unsigned long inode, next;
	unsigned short length;
	char name[];
};

int main(void)
{
	static _Alignas(8) char buffer[4096];
	struct stat status, other;
	int count = 0, odd = 0;

	enter_work_folder();
	for (int index = 0; index < 20; index++) {
		char name[16];

		snprintf(name, sizeof name, "n%d", index);
		make_file(name, "");
	}
	NEED(mkdir("folder", 0755) == 0);
	int fd = open(".", O_RDONLY);

	for (long got; (got = syscall(SYS_getdents, fd, buffer, 256)) > 0;)
		for (long at = 0; at < got;) {
			struct old_entry *entry = (void *)(buffer + at);
			char type = buffer[at + entry->length - 1];

			odd += entry->length % 8 != 0 || (type != DT_REG && type != DT_DIR && type != DT_UNKNOWN);
			count++;
			at += entry->length;
		}
	SHOW(count);
	SHOW(odd);
	CALL(syscall(SYS_getdents, fd, buffer, 256));
	CALL(lseek(fd, 0, SEEK_SET));
	CALL(syscall(SYS_getdents, fd, buffer, 8));
	CALL(syscall(SYS_getdents, 99, buffer, 256));
	CALL(syscall(SYS_stat, "n0", &status));
	CALL(syscall(SYS_newfstatat, AT_FDCWD, "n0", &other, 0));
	HOLDS(memcmp(&status, &other, sizeof status) == 0);
	CALL(syscall(SYS_newfstatat, fd, "", &other, AT_EMPTY_PATH));
	CALL(syscall(SYS_newfstatat, fd, NULL, &other, AT_EMPTY_PATH));
	CALL(syscall(SYS_newfstatat, fd, "", &other, 0));
	CALL(syscall(SYS_newfstatat, fd, "n0", &other, 0x8000));
	CALL(syscall(SYS_lstat, "none", &status));
	CALL(syscall(SYS_stat, "n0", 16));
	CALL(syscall(SYS_fstat, fd, 16));
	CALL(syscall(SYS_creat, "made", 0600));
	show_mode("made");
	remove_work_folder();
	return 0;
}
