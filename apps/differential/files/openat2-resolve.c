/* openat2: each RESOLVE flag with paths that stay, leave by dots, leave by links, and begin at the root. */
#include "files.h"

static void try_one(int folder, const char *path, uint64_t resolve)
{
	struct how how = {.flags = O_RDONLY | O_NONBLOCK, .resolve = resolve};
	int fd = syscall(SYS_openat2, folder, path, &how, sizeof how);

	printf("%s with %d: %s\n", path, (int)resolve, fd < 0 ? error_name(errno) : "ok");
	if (fd >= 0)
		close(fd);
}

int main(void)
{
	static const char *const paths[] = {"file", "sub/file", "sub/../file", "..", "../outside", "sub/../..", "sub/../../outside", "/", "/file", "link", "sub/up", "to-sub/file", "absolute", "absolute-none", "out", "sub/out-and-back", ".", "none", "loop", "/proc/self/exe", "proc", "sub/up/file"};

	enter_work_folder();
	make_file("outside", "x");
	NEED(mkdir("in", 0755) == 0 && mkdir("in/sub", 0755) == 0);
	make_file("in/file", "x");
	make_file("in/sub/file", "x");
	NEED(symlink("file", "in/link") == 0 && symlink("..", "in/sub/up") == 0 && symlink("sub", "in/to-sub") == 0);
	NEED(symlink("/file", "in/absolute") == 0 && symlink("/none", "in/absolute-none") == 0 && symlink("../outside", "in/out") == 0);
	NEED(symlink("../../in/file", "in/sub/out-and-back") == 0 && symlink("loop", "in/loop") == 0 && symlink("/proc/self/exe", "in/proc") == 0);
	int folder = open("in", O_PATH | O_DIRECTORY);

	for (uint64_t resolve = 1; resolve <= 16; resolve <<= 1)
		for (size_t index = 0; index < ARRAY_LENGTH(paths); index++)
			/* Whether the root is another file system than the folder is the host's affair. */
			if (resolve != RESOLVE_NO_XDEV || !strchr("/ap", paths[index][0]))
				try_one(folder, paths[index], resolve);
	try_one(folder, "link", RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
	try_one(folder, "/sub/../../file", RESOLVE_IN_ROOT | RESOLVE_NO_XDEV);
	remove_work_folder();
	return 0;
}
