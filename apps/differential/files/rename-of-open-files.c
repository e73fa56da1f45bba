/* Descriptors go with the file, not with the name: what is renamed, what is replaced, and a folder that moves. */
#include "files.h"

static void show(int fd)
{
	struct stat status;
	char text[8] = "";

	NEED(fstat(fd, &status) == 0 && pread(fd, text, 7, 0) >= 0);
	printf("%s, %d names\n", text, (int)status.st_nlink);
}

int main(void)
{
	char place[PATH_MAX];
	const char *end;

	enter_work_folder();
	make_file("a", "first");
	make_file("b", "second");
	int first = open("a", O_RDWR), second = open("b", O_RDWR);

	CALL(rename("a", "b"));
	show(first);
	show(second);
	CALL(pwrite(second, "gone", 4, 0));
	show(second);
	make_file("a", "third");
	show(open("b", O_RDONLY));
	CALL(rename("b", "a"));
	show(first);
	NEED(mkdir("d", 0755) == 0 && mkdir("d/e", 0755) == 0 && mkdir("t", 0755) == 0);
	int folder = open("d/e", O_RDONLY);

	NEED(chdir("d/e") == 0);
	CALL(rename("../../d", "../../t/d2"));
	CALL(openat(folder, "none", O_RDONLY));
	NEED(getcwd(place, sizeof place) && (end = strstr(place, "/t/d2/e")));
	printf("%s\n", end);
	SUCCESS(close(open("new", O_CREAT | O_RDWR, 0644)));
	show_mode("../../../t/d2/e/new");
	NEED(chdir("../../..") == 0);
	remove_work_folder();
	return 0;
}
