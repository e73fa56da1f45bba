// not-in-qemu-export: QEMU's server knows folders by name, and takes the one that replaced it for the one that is gone
/* An empty folder that a rename replaces is gone like a removed one: nothing can be made in it, it has no path. */
#include "files.h"

int main(void)
{
	struct stat status;
	char text[64];

	enter_work_folder();
	NEED(mkdir("a", 0755) == 0 && mkdir("b", 0755) == 0);
	make_file("a/in", "x");
	int old = open("b", O_RDONLY);

	NEED(chdir("b") == 0);
	CALL(rename("../a", "../b"));
	CALL(openat(old, "new", O_CREAT | O_RDWR, 0644));
	CALL(mkdir("new", 0755));
	CALL(symlink("x", "new"));
	CALL(openat(old, "in", O_RDONLY));
	HOLDS(getcwd(text, sizeof text) == NULL && errno == ENOENT);
	CALL(fstat(old, &status));
	SHOW(status.st_nlink);
	SUCCESS(close(open(".", O_RDONLY)));
	CALL(stat(".", &status));
	CALL(access("..", F_OK));
	CALL(syscall(SYS_getdents64, old, text, sizeof text));
	NEED(chdir("..") == 0);
	show_mode("b/in");
	remove_work_folder();
	return 0;
}
