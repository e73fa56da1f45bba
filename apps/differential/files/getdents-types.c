/* The kind of each entry of a listing, its inode number as stat has it, and the two entries of dots. */
// not-in-qemu-export: QEMU's server makes no FIFOs and no names of sockets (ENXIO)
#include "files.h"

static int compare(const struct dirent **left, const struct dirent **right)
{
	return strcmp((*left)->d_name, (*right)->d_name);
}

int main(void)
{
	struct dirent **entries;
	struct stat status;

	enter_work_folder();
	NEED(mkdir("folder", 0755) == 0 && mkfifo("fifo", 0644) == 0 && symlink("x", "link") == 0 && mknod("socket", S_IFSOCK | 0600, 0) == 0);
	make_file("file", "x");
	NEED(link("file", "same") == 0);
	int count = scandir(".", &entries, NULL, compare);

	for (int index = 0; index < count; index++) {
		NEED(lstat(entries[index]->d_name, &status) == 0);
		printf("%s: type %d, %s inode\n", entries[index]->d_name, entries[index]->d_type,
		       entries[index]->d_ino == status.st_ino ? "the same" : "another");
		HOLDS(entries[index]->d_type == DT_UNKNOWN || entries[index]->d_type == (status.st_mode & S_IFMT) >> 12);
		free(entries[index]);
	}
	free(entries);
	DIR *listing = opendir("folder");

	for (struct dirent *entry; (entry = readdir(listing)) != NULL;)
		printf("%s\n", entry->d_name);
	closedir(listing);
	remove_work_folder();
	return 0;
}
