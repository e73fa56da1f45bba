/* Forty links are followed on the way of one path, and no more; the count is of the path, not of each name. */
#include "files.h"

int main(void)
{
	char from[24], to[24];

	enter_work_folder();
	make_file("l0", "text");
	for (int index = 1; index <= 42; index++) {
		snprintf(to, sizeof to, "l%d", index - 1);
		snprintf(from, sizeof from, "l%d", index);
		NEED(symlink(to, from) == 0);
	}
	CALL(access("l39", F_OK));
	CALL(access("l40", F_OK));
	CALL(access("l41", F_OK));
	CALL(open("l41", O_RDONLY));
	CALL(access("l42", F_OK));
	struct stat status;

	CALL(lstat("l42", &status));
	CALL(chmod("l41", 0600));
	CALL(open("l41", O_CREAT | O_EXCL | O_RDWR, 0644));
	NEED(mkdir("d", 0755) == 0 && symlink("..", "d/up") == 0);
	char path[512] = "d";

	for (int index = 0; index < 40; index++)
		strcat(path, "/up/d");
	CALL(access(path, F_OK));
	strcat(path, "/up");
	CALL(lstat(path, &status));
	CALL(stat(path, &status));
	remove_work_folder();
	return 0;
}
