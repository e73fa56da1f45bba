/* Names of 255 and 256 bytes, and paths up to PATH_MAX. */
#include "files.h"

int main(void)
{
	enter_work_folder();
	static char name[257], path[PATH_MAX + 8];
	
	memset(name, 'n', 255);
	SUCCESS(close(open(name, O_CREAT | O_EXCL | O_RDWR, 0644)));
	show_mode(name);
	CALL(unlink(name));
	CALL(mkdir(name, 0755));
	CALL(rename(name, "short"));
	CALL(rename("short", name));
	CALL(rmdir(name));
	name[255] = 'n';
	CALL(open(name, O_CREAT | O_RDWR, 0644));
	CALL(mkdir(name, 0755));
	CALL(symlink("target", name));
	CALL(access(name, F_OK));
	CALL(unlink(name));
	make_file("a", "a");
	CALL(rename("a", name));
	CALL(link("a", name));
	for (size_t index = 0; index + 2 < PATH_MAX; index += 2)
		memcpy(path + index, "./", 2);
	strcpy(path + PATH_MAX - 2, "a");
	CALL(access(path, F_OK));
	strcpy(path + PATH_MAX - 2, "/a");
	CALL(access(path, F_OK));
	CALL(access("", F_OK));
	remove_work_folder();
	return 0;
}
