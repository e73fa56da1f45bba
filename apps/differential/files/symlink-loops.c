/* Symbolic links that lead to themselves, to each other, to nothing, and forty in a row. */
#include "files.h"

int main(void)
{
	enter_work_folder();
	char name[16], target[16] = "end";
	
	CALL(symlink("self", "self"));
	CALL(open("self", O_RDONLY));
	CALL(open("self", O_RDONLY | O_NOFOLLOW));
	CALL(symlink("two", "one"));
	CALL(symlink("one", "two"));
	CALL(access("one/x", F_OK));
	CALL(mkdir("one", 0755));
	CALL(chmod("two", 0600));
	CALL(symlink("", "empty"));
	CALL(symlink("nowhere", "dangling"));
	CALL(open("dangling", O_RDONLY));
	CALL(open("dangling", O_CREAT | O_EXCL | O_RDWR, 0644));
	SUCCESS(close(open("dangling", O_CREAT | O_RDWR, 0644)));
	show_mode("nowhere");
	make_file("end", "end");
	for (int index = 0; index < 41; index++) {
		snprintf(name, sizeof name, "l%d", index);
		NEED(symlink(target, name) == 0);
		strcpy(target, name);
	}
	CALL(access("l39", F_OK));
	CALL(access("l40", F_OK));
	CALL(rename("l40", "moved"));
	CALL(unlink("moved"));
	remove_work_folder();
	return 0;
}
