/* openat2: sizes of its structure, flags and modes that it refuses where open ignores them. */
#include "files.h"

static void try_how(const char *what, struct how how, size_t bytes)
{
	int fd = syscall(SYS_openat2, AT_FDCWD, "file", &how, bytes);

	printf("%s: %s\n", what, fd < 0 ? error_name(errno) : "ok");
	if (fd >= 0)
		close(fd);
}

int main(void)
{
	struct {
		struct how how;
		uint64_t more;
	} longer = {.more = 0};

	enter_work_folder();
	make_file("file", "x");
	try_how("read", (struct how){.flags = O_RDONLY}, sizeof(struct how));
	try_how("mode without O_CREAT", (struct how){.flags = O_RDONLY, .mode = 0600}, sizeof(struct how));
	try_how("mode with O_CREAT", (struct how){.flags = O_CREAT | O_RDWR, .mode = 0600}, sizeof(struct how));
	try_how("mode too large", (struct how){.flags = O_CREAT | O_RDWR, .mode = 010000}, sizeof(struct how));
	try_how("unknown flag", (struct how){.flags = 1 << 26}, sizeof(struct how));
	try_how("flag above 32 bits", (struct how){.flags = 1ull << 40}, sizeof(struct how));
	try_how("unknown resolve", (struct how){.resolve = 1 << 12}, sizeof(struct how));
	try_how("beneath and root", (struct how){.resolve = RESOLVE_BENEATH | RESOLVE_IN_ROOT}, sizeof(struct how));
	try_how("O_PATH", (struct how){.flags = O_PATH}, sizeof(struct how));
	try_how("O_PATH and writing", (struct how){.flags = O_PATH | O_RDWR}, sizeof(struct how));
	try_how("O_PATH and O_CREAT", (struct how){.flags = O_PATH | O_CREAT, .mode = 0600}, sizeof(struct how));
	try_how("O_PATH and O_NOFOLLOW", (struct how){.flags = O_PATH | O_NOFOLLOW}, sizeof(struct how));
	try_how("O_DIRECTORY", (struct how){.flags = O_DIRECTORY}, sizeof(struct how));
	try_how("short", (struct how){.flags = O_RDONLY}, sizeof(struct how) - 1);
	try_how("nothing", (struct how){.flags = O_RDONLY}, 0);
	CALL(syscall(SYS_openat2, AT_FDCWD, "file", &longer, sizeof longer));
	longer.more = 1;
	CALL(syscall(SYS_openat2, AT_FDCWD, "file", &longer, sizeof longer));
	CALL(syscall(SYS_openat2, AT_FDCWD, "file", &longer, 100000));
	CALL(syscall(SYS_openat2, AT_FDCWD, "file", 16, sizeof longer.how));
	CALL(syscall(SYS_openat2, AT_FDCWD, 16, &longer, sizeof longer.how));
	CALL(syscall(SYS_openat2, 99, "file", &longer, sizeof longer.how));
	remove_work_folder();
	return 0;
}
