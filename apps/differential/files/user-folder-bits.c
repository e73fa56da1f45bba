/* What the bits of a folder let its owner do: listing, going through, and making, renaming and removing names in it. */
// user: ordinary
// not-in-qemu-export: QEMU's server opens folders for reading to go through them
#include "files.h"

static void try_all(void)
{
	struct stat status;
	DIR *listing = opendir("folder");

	printf(" list %s", listing ? "ok" : error_name(errno));
	if (listing)
		closedir(listing);
	printf(" stat %s", stat("folder/file", &status) == 0 ? "ok" : error_name(errno));
	printf(" missing %s", stat("folder/none", &status) == 0 ? "ok" : error_name(errno));
	printf(" enter %s", chdir("folder") == 0 && chdir("..") == 0 ? "ok" : error_name(errno));
	printf(" make %s", mkdir("folder/sub", 0755) == 0 ? "ok" : error_name(errno));
	printf(" link %s", link("outside", "folder/link") == 0 ? "ok" : error_name(errno));
	printf(" rename %s", rename("folder/link", "folder/moved") == 0 ? "ok" : error_name(errno));
	printf(" remove %s", unlink("folder/moved") == 0 ? "ok" : error_name(errno));
	printf(" rmdir %s", rmdir("folder/sub") == 0 ? "ok" : error_name(errno));
	printf(" open %s\n", close(open("folder/file", O_RDONLY)) == 0 ? "ok" : "not");
}

int main(void)
{
	enter_work_folder();
	make_file("outside", "x");
	NEED(mkdir("folder", 0755) == 0);
	make_file("folder/file", "x");
	for (mode_t mode = 0; mode <= 0700; mode += 0100) {
		NEED(chmod("folder", mode) == 0);
		printf("%03o:", mode);
		try_all();
	}
	NEED(chmod("folder", 0700) == 0);
	remove_work_folder();
	return 0;
}
