/* The calls with a folder's descriptor: none, a file's, one of O_PATH, an absolute path, and a folder that was removed. */
// not-in-qemu-export: QEMU's server makes no FIFOs and no names of sockets (ENXIO)
#include "files.h"

static void try_all(const char *what, int fd)
{
	struct stat status;
	char text[8];

	printf("%s:\n", what);
	SUCCESS(fstatat(fd, "file", &status, 0));
	SUCCESS(faccessat(fd, "file", R_OK, 0));
	SUCCESS(close(openat(fd, "file", O_RDONLY)));
	SUCCESS(close(openat(fd, "new", O_RDWR | O_CREAT, 0644)));
	SUCCESS(mkdirat(fd, "sub", 0755));
	SUCCESS(mknodat(fd, "fifo", S_IFIFO | 0644, 0));
	SUCCESS(symlinkat("file", fd, "link"));
	SUCCESS(readlinkat(fd, "link", text, sizeof text));
	SUCCESS(linkat(fd, "file", fd, "hard", 0));
	SUCCESS(renameat(fd, "hard", fd, "moved"));
	SUCCESS(fchmodat(fd, "file", 0640, 0));
	SUCCESS(fchownat(fd, "file", -1, -1, 0));
	SUCCESS(utimensat(fd, "file", NULL, 0));
	static const char *const names[] = {"new", "fifo", "link", "moved"};
	for (size_t index = 0; index < ARRAY_LENGTH(names); index++)
		SUCCESS(unlinkat(fd, names[index], 0));
	SUCCESS(unlinkat(fd, "sub", AT_REMOVEDIR));
}

int main(void)
{
	enter_work_folder();
	make_file("file", "text");
	try_all("the working directory", AT_FDCWD);
	try_all("no descriptor", 99);
	try_all("a negative one", -1);
	int file = open("file", O_RDONLY), folder = open(".", O_RDONLY), path = open(".", O_PATH), pipes[2];

	NEED(pipe(pipes) == 0);
	try_all("a file", file);
	try_all("a pipe", pipes[0]);
	try_all("a folder", folder);
	try_all("a path", path);
	NEED(mkdir("gone", 0755) == 0);
	int gone = open("gone", O_RDONLY);

	NEED(rmdir("gone") == 0);
	try_all("a removed folder", gone);
	SUCCESS(faccessat(99, "/tmp", F_OK, 0));
	SUCCESS(faccessat(file, "/tmp", F_OK, 0));
	SUCCESS(mkdirat(99, "/tmp", 0755));
	SUCCESS(faccessat(99, "", F_OK, 0));
	remove_work_folder();
	return 0;
}
