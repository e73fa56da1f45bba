/* rename onto everything: files, folders, full ones, links, itself, other names of the same file. */
#include "files.h"

int main(void)
{
	enter_work_folder();
	static const char *const names[] = { "file", "same", "folder", "full", "link", "none", "full/in", "full/sub" };
	
	for (size_t from = 0; from < ARRAY_LENGTH(names); from++)
		for (size_t to = 0; to < ARRAY_LENGTH(names); to++) {
			NEED(mkdir("t", 0755) == 0 && chdir("t") == 0);
			make_file("file", "x");
			NEED(link("file", "same") == 0 && mkdir("folder", 0755) == 0 && mkdir("full", 0755) == 0);
			NEED(mkdir("full/sub", 0755) == 0 && symlink("file", "link") == 0);
			make_file("full/in", "in");
			printf("%s to %s: ", names[from], names[to]);
			CALL(rename(names[from], names[to]));
			show_mode(names[from]);
			show_mode(names[to]);
			NEED(chdir("..") == 0 && nftw("t", remove_one, 8, FTW_DEPTH | FTW_PHYS) == 0);
		}
	remove_work_folder();
	return 0;
}
