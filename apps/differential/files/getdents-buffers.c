/* getdents64: entries have the lengths that their names need, a buffer too small for the next one is an error, and seeking goes back. */
#include "files.h"

struct entry {
	uint64_t inode, next;
	uint16_t length;
	uint8_t type;
	char name[];
};

static int count_entries(int fd, size_t bytes, bool *is_odd)
{
	static _Alignas(8) char buffer[4096];
	int count = 0;

	for (;;) {
		long got = syscall(SYS_getdents64, fd, buffer, bytes);

		if (got <= 0)
			return got < 0 ? -errno : count;
		for (long at = 0; at < got; count++) {
			struct entry *entry = (void *)(buffer + at);

			*is_odd |= entry->length % 8 != 0 || entry->length < 19 + strlen(entry->name) + 1 || entry->inode == 0;
			at += entry->length;
		}
	}
}

int main(void)
{
	static char text[4096];
	bool is_odd = false;
	char name[24];

	enter_work_folder();
	for (int index = 0; index < 100; index++) {
		snprintf(name, sizeof name, "%.*s%d", index % 12, "abcdefghijkl", index);
		make_file(name, "");
	}
	int fd = open(".", O_RDONLY | O_DIRECTORY);

	SHOW(count_entries(fd, 4096, &is_odd));
	SHOW(count_entries(fd, 4096, &is_odd));
	CALL(lseek(fd, 0, SEEK_SET));
	SHOW(count_entries(fd, 64, &is_odd));
	CALL(lseek(fd, 0, SEEK_SET));
	CALL(syscall(SYS_getdents64, fd, text, 0));
	CALL(syscall(SYS_getdents64, fd, text, 8));
	CALL(syscall(SYS_getdents64, fd, text, 19));
	SUCCESS(syscall(SYS_getdents64, fd, text, 40));
	CALL(lseek(fd, 0, SEEK_SET));
	CALL(syscall(SYS_getdents64, fd, 16, 4096));
	SHOW(count_entries(fd, 200, &is_odd));
	HOLDS(!is_odd);
	int file = open(name, O_RDONLY);

	CALL(syscall(SYS_getdents64, file, text, 4096));
	CALL(syscall(SYS_getdents64, 99, text, 4096));
	CALL(syscall(SYS_getdents64, file, 16, 4096));
	remove_work_folder();
	return 0;
}
