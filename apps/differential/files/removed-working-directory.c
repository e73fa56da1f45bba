/* The working directory is removed: names in it are gone, ".." still leads up, it has no path, and going back is possible. */
// not-in-qemu-export: QEMU's server makes no FIFOs and no names of sockets (ENXIO)
#include "files.h"

int main(void)
{
	struct stat status;
	char text[64];

	enter_work_folder();
	NEED(mkdir("gone", 0755) == 0);
	int back = open(".", O_RDONLY | O_DIRECTORY);

	NEED(chdir("gone") == 0);
	CALL(rmdir("../gone"));
	HOLDS(getcwd(text, sizeof text) == NULL);
	printf("%s\n", error_name(errno));
	CALL(open("new", O_CREAT | O_RDWR, 0644));
	CALL(mkdir("new", 0755));
	CALL(symlink("a", "new"));
	CALL(mknod("new", S_IFIFO | 0600, 0));
	CALL(link("../none", "new"));
	CALL(access("new", F_OK));
	CALL(access(".", F_OK));
	CALL(stat(".", &status));
	SHOW(status.st_nlink);
	SUCCESS(close(open(".", O_RDONLY)));
	CALL(chdir("."));
	CALL(rmdir("."));
	CALL(rmdir("../gone"));
	CALL(access("..", F_OK));
	CALL(access("../gone", F_OK));
	CALL(open("", O_RDONLY));
	CALL(rename(".", "../again"));
	CALL(chmod(".", 0700));
	DIR *listing = opendir(".");

	HOLDS(listing != NULL);
	errno = 0;
	HOLDS(listing && readdir(listing) == NULL);
	CALL(fchdir(back));
	CALL(fchdir(99));
	CALL(access("gone", F_OK));
	remove_work_folder();
	return 0;
}
