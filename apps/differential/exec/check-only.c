/* execveat with AT_EXECVE_CHECK: whether a file may be executed, asked without executing it, and without a look at what is in it. */
// needs-linux: 6.14
#include "exec.h"

#ifndef AT_EXECVE_CHECK
#define AT_EXECVE_CHECK 0x10000
#endif
/* Bytes of one argument that no stack has room for. */
#define TOO_LONG (32 * PAGE + 1)

static int check_with(int fd, const char *path, char **arguments, int flags)
{
	return (int)syscall(SYS_execveat, fd, path, arguments, (char *[]){NULL}, flags | AT_EXECVE_CHECK);
}

static int check(int fd, const char *path, int flags)
{
	return check_with(fd, path, (char *[]){"again", NULL}, flags);
}

static void make_with_mode(const char *name, const char *text, mode_t mode)
{
	make_file(name, text);
	NEED(chmod(name, mode) == 0);
}

static void show_paths(int folder)
{
	CALL(check(AT_FDCWD, "program", 0));
	CALL(check(folder, "program", 0));
	CALL(check(folder, "link", 0));
	CALL(check(folder, "link", AT_SYMLINK_NOFOLLOW));
	CALL(check(folder, "dangling", 0));
	CALL(check(folder, "missing", 0));
	CALL(check(folder, "folder", 0));
	CALL(check(folder, "program/", 0));
	CALL(check(folder, "program/more", 0));
	CALL(check(folder, "", 0));
	CALL(check(folder, "", AT_EMPTY_PATH));
	CALL(check(99, "program", 0));
	CALL(check(99, "", AT_EMPTY_PATH));
	CALL(check(AT_FDCWD, "/dev/null", 0));
	CALL(check(AT_FDCWD, "/proc/self/status", 0));
	CALL(check(AT_FDCWD, (char *)16, 0));
	CALL(check(AT_FDCWD, "program", 0x40000000));
}

static void show_contents(int folder)
{
	printf("what is in the file does not count:\n");
	CALL(check(folder, "text", 0));
	CALL(check(folder, "empty", 0));
	CALL(check(folder, "script", 0));
	CALL(check(folder, "plain", 0));
}

static void show_descriptors(void)
{
	int program = open("program", O_RDONLY | O_CLOEXEC), place = open("program", O_PATH), script = open("script", O_RDONLY | O_CLOEXEC);
	int plain = open("plain", O_RDONLY);

	printf("by descriptor:\n");
	CALL(check(program, "", AT_EMPTY_PATH));
	CALL(check(place, "", AT_EMPTY_PATH));
	CALL(check(script, "", AT_EMPTY_PATH));
	CALL(check(plain, "", AT_EMPTY_PATH));
	NEED(close(program) == 0 && close(place) == 0 && close(script) == 0 && close(plain) == 0);
}

static void show_arguments(void)
{
	char *endless = malloc(TOO_LONG + 1);

	memset(endless, 'x', TOO_LONG);
	endless[TOO_LONG] = '\0';
	printf("arguments are looked at:\n");
	CALL(check_with(AT_FDCWD, "program", NULL, 0));
	CALL(check_with(AT_FDCWD, "program", (char *[]){(char *)16, NULL}, 0));
	CALL(check_with(AT_FDCWD, "program", (char **)16, 0));
	CALL(check_with(AT_FDCWD, "program", (char *[]){endless, NULL}, 0));
	free(endless);
}

int main(void)
{
	enter_work_folder();
	copy_self("program");
	make_with_mode("text", "no program\n", 0755);
	make_with_mode("empty", "", 0755);
	make_with_mode("script", "#!/nowhere/at/all\n", 0755);
	make_with_mode("plain", "#!/bin/sh\n", 0644);
	NEED(symlink("program", "link") == 0 && symlink("nothing", "dangling") == 0 && mkdir("folder", 0755) == 0);
	int folder = open(".", O_RDONLY | O_DIRECTORY);

	show_paths(folder);
	show_contents(folder);
	show_descriptors();
	show_arguments();
	printf("still running\n");
	remove_work_folder();
	return 0;
}
