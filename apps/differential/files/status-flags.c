/* F_GETFL shows the flags of opening that stay, and F_SETFL changes those that can change and no others. */
#include "files.h"

int main(void)
{
	static const struct {
		int flags;
		const char *text;
	} cases[] = {
		{O_RDONLY, "O_RDONLY"}, {O_WRONLY, "O_WRONLY"}, {O_RDWR, "O_RDWR"}, {O_RDWR | O_APPEND, "O_APPEND"},
		{O_RDWR | O_NONBLOCK, "O_NONBLOCK"}, {O_RDWR | O_CREAT, "O_CREAT"}, {O_RDWR | O_TRUNC, "O_TRUNC"},
		{O_RDONLY | O_NOFOLLOW, "O_NOFOLLOW"}, {O_RDWR | O_SYNC, "O_SYNC"}, {O_RDWR | O_DSYNC, "O_DSYNC"},
		{O_RDWR | O_CLOEXEC, "O_CLOEXEC"}, {O_RDWR | O_NOCTTY, "O_NOCTTY"}, {O_RDONLY | O_NOATIME, "O_NOATIME"},
		{O_PATH, "O_PATH"}, {O_PATH | O_NOFOLLOW | O_CLOEXEC, "O_PATH | O_NOFOLLOW"}, {3, "3"},
	};

	enter_work_folder();
	make_file("file", "x");
	for (size_t index = 0; index < ARRAY_LENGTH(cases); index++) {
		int fd = open("file", cases[index].flags, 0644);

		printf("%s: ", cases[index].text);
		if (fd < 0) {
			printf("%s\n", error_name(errno));
			continue;
		}
		printf("%o, %d\n", fcntl(fd, F_GETFL), fcntl(fd, F_GETFD));
		close(fd);
	}
	int fd = open("file", O_RDWR), folder = open(".", O_RDONLY | O_DIRECTORY);

	printf("%o\n", fcntl(folder, F_GETFL));
	CALL(fcntl(fd, F_SETFL, O_APPEND | O_NONBLOCK));
	printf("%o\n", fcntl(fd, F_GETFL));
	CALL(fcntl(fd, F_SETFL, O_NONBLOCK | O_RDONLY | O_TRUNC | O_EXCL | O_SYNC | O_CREAT));
	printf("%o\n", fcntl(fd, F_GETFL));
	CALL(fcntl(fd, F_SETFL, O_NOATIME));
	printf("%o\n", fcntl(fd, F_GETFL));
	CALL(fcntl(fd, F_SETFL, 0));
	printf("%o\n", fcntl(fd, F_GETFL));
	CALL(write(fd, "ab", 2));
	CALL(fcntl(fd, F_SETFD, 2));
	CALL(fcntl(fd, F_GETFD));
	CALL(fcntl(fd, F_SETFD, 3));
	CALL(fcntl(fd, F_GETFD));
	CALL(fcntl(fd, 9999));
	remove_work_folder();
	return 0;
}
