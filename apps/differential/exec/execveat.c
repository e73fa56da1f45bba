/* execveat: relative to a directory, of a descriptor itself, of memory without a name; and its errors. */
// libc: both
#include "exec.h"
#include <sys/auxv.h>
#include <sys/prctl.h>

static int start_at(int fd, const char *path, char *step, int flags)
{
	return (int)syscall(SYS_execveat, fd, path, (char *[]){"again", step, NULL}, (char *[]){NULL}, flags);
}

static void show(void)
{
	char name[17] = "";
	const char *path = (const char *)getauxval(AT_EXECFN);

	NEED(prctl(PR_GET_NAME, name) == 0);
	printf("called %s, found as %s\n", name, path);
}

static void fill_memory(int memory)
{
	char bytes[4096];
	int from = open(SELF, O_RDONLY);
	ssize_t count;

	while ((count = read(from, bytes, sizeof bytes)) > 0)
		NEED(write(memory, bytes, (size_t)count) == count);
	NEED(close(from) == 0);
}

static void show_errors(int folder)
{
	int script;

	make_script("script", "#!" SELF "\n");
	NEED(symlink("copy", "link") == 0);
	script = open("script", O_RDONLY | O_CLOEXEC);
	CALL(start_at(folder, "link", "9", AT_SYMLINK_NOFOLLOW));
	CALL(start_at(folder, "missing", "9", 0));
	CALL(start_at(folder, "", "9", 0));
	CALL(start_at(folder, "", "9", AT_EMPTY_PATH));
	CALL(start_at(folder, "copy", "9", 0x40000000));
	CALL(start_at(999, "copy", "9", 0));
	CALL(start_at(999, "", "9", AT_EMPTY_PATH));
	CALL(start_at(script, "copy", "9", 0));
	CALL(start_at(script, "", "9", AT_EMPTY_PATH));
}

int main(int count, char **arguments)
{
	int fd;

	switch (step_of(count, arguments)) {
	case 0:
		NEED(mkdir("/tmp/exec-at", 0755) == 0 && chdir("/tmp/exec-at") == 0);
		copy_self("copy");
		NEED((fd = open(".", O_RDONLY | O_DIRECTORY)) == 3);
		show_errors(fd);
		start_at(fd, "copy", "1", 0);
		break;
	case 1:
		show();
		start_at(999, "/tmp/exec-at/link", "2", 0);
		break;
	case 2:
		show();
		start_at(AT_FDCWD, "./copy", "3", AT_SYMLINK_NOFOLLOW);
		break;
	case 3:
		show();
		NEED((fd = open("copy", O_PATH)) >= 0 && dup2(fd, 20) == 20 && close(fd) == 0);
		start_at(20, "", "4", AT_EMPTY_PATH);
		break;
	case 4:
		printf("found as %s\n", (const char *)getauxval(AT_EXECFN));
		NEED((fd = (int)syscall(SYS_memfd_create, "nameless", 0)) >= 0 && dup2(fd, 21) == 21 && close(fd) == 0);
		fill_memory(21);
		start_at(21, "", "5", AT_EMPTY_PATH);
		break;
	case 5:
		printf("found as %s\n", (const char *)getauxval(AT_EXECFN));
		NEED(unlink("copy") == 0 && unlink("link") == 0 && unlink("script") == 0 && rmdir("/tmp/exec-at") == 0);
		return 0;
	}
	printf("execveat: %s\n", error_name(errno));
	return 1;
}
