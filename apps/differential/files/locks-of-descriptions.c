/* Locks of open file descriptions (F_OFD_SETLK): two descriptions exclude each other by ranges, duplicates share, closing gives up. */
#include "files.h"

static int lock(int fd, int command, short type, off_t start, off_t length)
{
	struct flock wish = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};

	return fcntl(fd, command, &wish);
}

static void show_holder(int fd, short type, off_t start, off_t length)
{
	struct flock wish = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};

	if (fcntl(fd, F_OFD_GETLK, &wish) != 0)
		printf("asked: %s\n", error_name(errno));
	else if (wish.l_type == F_UNLCK)
		printf("free\n");
	else
		printf("%s, %lld for %lld, %d\n", wish.l_type == F_RDLCK ? "read" : "write", (long long)wish.l_start, (long long)wish.l_len, (int)wish.l_pid);
}

int main(void)
{
	enter_work_folder();
	make_file("file", "0123456789");
	int one = open("file", O_RDWR), two = open("file", O_RDWR), copy = dup(one), reader = open("file", O_RDONLY);

	CALL(lock(one, F_OFD_SETLK, F_WRLCK, 0, 5));
	CALL(lock(two, F_OFD_SETLK, F_WRLCK, 0, 5));
	CALL(lock(two, F_OFD_SETLK, F_RDLCK, 4, 2));
	CALL(lock(two, F_OFD_SETLK, F_WRLCK, 5, 5));
	CALL(lock(copy, F_OFD_SETLK, F_WRLCK, 2, 1));
	show_holder(two, F_WRLCK, 0, 0);
	show_holder(two, F_RDLCK, 3, 1);
	show_holder(one, F_WRLCK, 0, 0);
	show_holder(one, F_WRLCK, 0, 5);
	CALL(lock(one, F_OFD_SETLK, F_UNLCK, 1, 2));
	show_holder(two, F_WRLCK, 0, 5);
	show_holder(two, F_WRLCK, 1, 2);
	CALL(lock(two, F_OFD_SETLK, F_WRLCK, 1, 2));
	CALL(lock(one, F_OFD_SETLK, F_RDLCK, 3, 2));
	show_holder(two, F_WRLCK, 3, 2);
	show_holder(two, F_RDLCK, 3, 2);
	CALL(lock(reader, F_OFD_SETLK, F_RDLCK, 3, 2));
	CALL(lock(reader, F_OFD_SETLK, F_WRLCK, 100, 1));
	CALL(lock(one, F_OFD_SETLK, F_WRLCK, 3, 2));
	CALL(close(reader));
	CALL(lock(one, F_OFD_SETLK, F_WRLCK, 3, 2));
	CALL(close(copy));
	CALL(lock(two, F_OFD_SETLK, F_RDLCK, 0, 1));
	CALL(close(one));
	CALL(lock(two, F_OFD_SETLK, F_WRLCK, 0, 0));
	CALL(lock(two, F_OFD_SETLK, F_UNLCK, 0, 0));
	remove_work_folder();
	return 0;
}
