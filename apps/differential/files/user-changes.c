/* Root that becomes another user, and what that user may do with files of root's and of its own; and comes back. Others only hear EPERM. */
// not-in-export: its server acts as the user who started the machine, whoever the program has become
#include "files.h"

static void show_owner(const char *name)
{
	struct stat status;

	NEED(lstat(name, &status) == 0);
	printf("%s: %u %u %04o\n", name, status.st_uid, status.st_gid, status.st_mode & 07777);
}

static int opened(int fd)
{
	return fd < 0 ? fd : close(fd);
}

static void show_roots_files(void)
{
	char text[8];

	CALL(opened(open("secret", O_RDONLY)));
	CALL(opened(open("public", O_RDONLY)));
	CALL(opened(open("public", O_RDWR)));
	CALL(opened(open("of-group", O_RDWR)));
	CALL(opened(open("closed/in", O_RDONLY)));
	CALL(access("closed/..", F_OK));
	CALL(access("secret", R_OK));
	CALL(faccessat(AT_FDCWD, "secret", R_OK, AT_EACCESS));
	CALL(chdir("closed"));
	CALL(opened(open("new", O_CREAT | O_RDWR, 0644)));
	CALL(mkdir("new", 0755));
	CALL(unlink("public"));
	CALL(rename("public", "other"));
	CALL(chmod("public", 0777));
	CALL(chown("public", 1000, -1));
	CALL(truncate("public", 0));
	CALL(utimensat(AT_FDCWD, "public", NULL, 0));
	CALL((int)readlink("link", text, sizeof text));
	CALL(unlink("open/sticky"));
	CALL(opened(open("secret", O_CREAT | O_RDWR, 0644)));
	CALL(opened(open("public", O_RDONLY | O_TRUNC)));
}

static void show_own_files(void)
{
	CALL(opened(open("open/own", O_CREAT | O_EXCL | O_RDWR, 0640)));
	show_owner("open/own");
	CALL(mkdir("open/folder", 0750));
	show_owner("open/folder");
	CALL(symlink("x", "open/link"));
	show_owner("open/link");
	CALL(mknod("open/node", S_IFREG | 0600, 0));
	show_owner("open/node");
	CALL(chmod("open/own", 02770));
	show_owner("open/own");
	CALL(chown("open/own", -1, 1001));
	show_owner("open/own");
	CALL(chown("open/own", -1, 1002));
	CALL(chown("open/own", 0, -1));
	CALL(chmod("open/own", 0));
	CALL(opened(open("open/own", O_RDONLY)));
	CALL(rename("open/own", "open/renamed"));
	CALL(unlink("open/renamed"));
	CALL(rmdir("open/folder"));
}

int main(void)
{
	gid_t more[] = {1001};

	enter_work_folder();
	NEED(chmod(".", 0755) == 0);
	make_file("secret", "root's");
	make_file("public", "everybody's");
	make_file("of-group", "of a group");
	NEED(chmod("secret", 0600) == 0 && mkdir("closed", 0700) == 0 && mkdir("open", 0777) == 0 && chmod("open", 01777) == 0);
	make_file("closed/in", "x");
	make_file("open/sticky", "x");
	NEED(symlink("secret", "link") == 0);
	if (geteuid() != 0) {
		CALL(seteuid(0));
		remove_work_folder();
		return 0;
	}
	NEED(chown("of-group", 0, 1001) == 0 && chmod("of-group", 0660) == 0);
	CALL(syscall(SYS_setgroups, 1, more));
	CALL(setegid(1000));
	CALL(seteuid(1000));
	show_roots_files();
	show_own_files();
	CALL(seteuid(0));
	CALL(setegid(0));
	CALL(opened(open("secret", O_RDONLY)));
	remove_work_folder();
	return 0;
}
