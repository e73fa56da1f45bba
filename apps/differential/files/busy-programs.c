/* A file that somebody may write to is not executed, and one that is being executed is not opened for writing: ETXTBSY both times. */
#include "exec.h"

#ifndef AT_EXECVE_CHECK
#define AT_EXECVE_CHECK 0x10000
#endif

/* Comes back, or the last step is next. */
static int execute(const char *path)
{
	return execve(path, (char *[]){"again", "9", NULL}, (char *[]){NULL});
}

static void show_open_files(void)
{
	int fd, copy;
	void *pages;

	printf("a file that is open for writing:\n");
	NEED((fd = open("program", O_WRONLY)) >= 0);
	CALL(execute("program"));
	CALL(execute("name"));
	NEED((copy = dup(fd)) >= 0 && close(fd) == 0);
	CALL(execute("program"));
	NEED(close(copy) == 0 && (fd = open("program", O_RDWR)) >= 0);
	CALL(execute("program"));
	CALL(syscall(SYS_execveat, fd, "", (char *[]){"again", "9", NULL}, (char *[]){NULL}, AT_EMPTY_PATH));
	printf("mapped shared, and closed:\n");
	NEED((pages = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0)) != MAP_FAILED && close(fd) == 0);
	CALL(execute("program"));
	NEED(munmap(pages, PAGE) == 0);
	printf("without permission:\n");
	NEED(chmod("program", 0644) == 0 && (fd = open("program", O_RDWR)) >= 0);
	CALL(execute("program"));
	NEED(close(fd) == 0 && chmod("program", 0755) == 0);
}

static void show_scripts(void)
{
	int fd;

	printf("scripts and their interpreters:\n");
	make_script("script", "#!program 9\n");
	make_script("text", "no program\n");
	NEED((fd = open("script", O_WRONLY | O_APPEND)) >= 0);
	CALL(execute("script"));
	NEED(close(fd) == 0 && (fd = open("program", O_WRONLY | O_APPEND)) >= 0);
	CALL(execute("script"));
	NEED(close(fd) == 0 && (fd = open("text", O_RDWR)) >= 0);
	CALL(execute("text"));
	NEED(close(fd) == 0);
	CALL(execute("text"));
	NEED((fd = open("new", O_CREAT | O_EXCL | O_RDWR, 0755)) >= 0);
	CALL(execute("new"));
	NEED(close(fd) == 0);
	CALL(execute("new"));
	NEED(unlink("new") == 0 && unlink("text") == 0);
}

static void show_running(void)
{
	printf("the running program:\n");
	CALL(open("program", O_WRONLY));
	CALL(open("program", O_RDWR));
	CALL(open("program", O_RDONLY | O_TRUNC));
	CALL(open("program", O_CREAT | O_RDWR, 0755));
	CALL(open("name", O_WRONLY | O_APPEND));
	CALL(open(SELF, O_WRONLY));
	CALL(truncate("program", 5));
	CALL(truncate(SELF, 5));
	CALL(close(open("program", O_RDONLY)));
	CALL(close(open("program", O_PATH)));
	CALL(access("program", W_OK));
	CALL(chmod("program", 0700));
	CALL(chown("program", -1, -1));
	CALL(utimensat(AT_FDCWD, "program", NULL, 0));
	CALL(link("program", "third"));
	CALL(rename("third", "fourth"));
	CALL(open("fourth", O_WRONLY));
	CALL(unlink("fourth"));
	printf("the script that it was started by:\n");
	CALL(close(open("script", O_WRONLY | O_TRUNC)));
	CALL(truncate("script", 3));
}

int main(int count, char **arguments)
{
	switch (step_of(count, arguments)) {
	case 0:
		enter_work_folder();
		copy_self("program");
		copy_self("other");
		NEED(link("program", "name") == 0);
		show_open_files();
		show_scripts();
		execute("script");
		break;
	case 9:
		if (access("script", F_OK) == 0) {
			show_running();
			NEED(unlink("script") == 0);
			execute("other");
			break;
		}
		printf("the program before this one:\n");
		CALL(close(open("program", O_RDWR)));
		CALL(open("other", O_RDWR));
		CALL(unlink("other"));
		CALL(open(SELF, O_RDWR));
		NEED(getcwd(work_folder, sizeof work_folder));
		remove_work_folder();
		return 0;
	}
	return 1;
}
