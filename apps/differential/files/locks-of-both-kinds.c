/* Locks of the process (F_SETLK) and of descriptions (F_OFD_SETLK) exclude each other; flock's are apart from both. */
#include "files.h"
#include <sys/file.h>

static int lock(int fd, int command, short type, off_t start, off_t length)
{
	struct flock wish = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};

	return fcntl(fd, command, &wish);
}

static void show_who(int fd, int command, short type, off_t start, off_t length)
{
	struct flock wish = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};

	NEED(fcntl(fd, command, &wish) == 0);
	if (wish.l_type == F_UNLCK)
		printf("nobody is in the way\n");
	else
		printf("type %d, %d, %lld and %lld bytes, of %s\n", wish.l_type, wish.l_whence, (long long)wish.l_start,
		       (long long)wish.l_len, wish.l_pid == -1 ? "a description" : wish.l_pid == getpid() ? "this process" : "another");
}

static void show_parts(int one, int two)
{
	CALL(lock(one, F_SETLK, F_WRLCK, 10, 20));
	CALL(lock(one, F_OFD_SETLK, F_WRLCK, 15, 1));
	CALL(lock(two, F_OFD_SETLK, F_RDLCK, 29, 5));
	CALL(lock(two, F_OFD_SETLK, F_WRLCK, 30, 5));
	CALL(lock(one, F_SETLK, F_RDLCK, 20, 11));
	show_who(two, F_OFD_GETLK, F_RDLCK, 0, 0);
	show_who(one, F_OFD_GETLK, F_RDLCK, 20, 10);
	show_who(one, F_OFD_GETLK, F_WRLCK, 20, 10);
	show_who(one, F_OFD_GETLK, F_RDLCK, 20, 0);
	show_who(one, F_GETLK, F_RDLCK, 0, 0);
	show_who(two, F_GETLK, F_WRLCK, 0, 30);
	CALL(lock(two, F_SETLK, F_UNLCK, 12, 3));
	CALL(lock(one, F_OFD_SETLK, F_WRLCK, 12, 3));
	CALL(lock(one, F_OFD_SETLK, F_WRLCK, 12, 4));
	show_who(two, F_GETLK, F_RDLCK, 0, 20);
	show_who(two, F_GETLK, F_RDLCK, 16, 0);
	CALL(lock(two, F_SETLK, F_WRLCK, 0, 13));
	CALL(lock(two, F_SETLK, F_WRLCK, 0, 12));
}

static void show_ends(int one, int two)
{
	int copy = dup(one), other = open("file", O_RDONLY);

	printf("closing a duplicate gives the process's back, and what is a description's stays:\n");
	CALL(lock(one, F_SETLK, F_WRLCK, 0, 5));
	CALL(lock(one, F_OFD_SETLK, F_WRLCK, 5, 5));
	CALL(lock(two, F_OFD_SETLK, F_WRLCK, 0, 5));
	CALL(close(copy));
	CALL(lock(two, F_OFD_SETLK, F_WRLCK, 0, 5));
	CALL(lock(two, F_SETLK, F_WRLCK, 5, 5));
	printf("so does closing another description, and dup2 over it:\n");
	CALL(lock(two, F_SETLK, F_WRLCK, 10, 5));
	CALL(lock(one, F_OFD_SETLK, F_WRLCK, 10, 5));
	CALL(close(other));
	CALL(lock(one, F_OFD_SETLK, F_WRLCK, 10, 5));
	NEED((other = open("file", O_RDONLY)) >= 0);
	CALL(lock(two, F_SETLK, F_WRLCK, 20, 5));
	NEED(dup2(0, other) == other);
	CALL(lock(one, F_OFD_SETLK, F_WRLCK, 20, 5));
	NEED(close(other) == 0);
}

static void show_flock(int one, int two)
{
	printf("flock is apart:\n");
	CALL(flock(one, LOCK_EX | LOCK_NB));
	CALL(lock(two, F_SETLK, F_WRLCK, 100, 5));
	CALL(lock(two, F_OFD_SETLK, F_WRLCK, 200, 5));
	show_who(two, F_GETLK, F_WRLCK, 300, 5);
	show_who(two, F_OFD_GETLK, F_WRLCK, 300, 5);
	CALL(flock(two, LOCK_SH | LOCK_NB));
	CALL(flock(one, LOCK_UN));
	CALL(lock(one, F_OFD_SETLK, F_WRLCK, 100, 5));
	CALL(lock(one, F_OFD_SETLK, F_WRLCK, 200, 5));
	CALL(flock(two, LOCK_SH | LOCK_NB));
}

int main(void)
{
	enter_work_folder();
	make_file("file", "0123456789");
	int one = open("file", O_RDWR), two = open("file", O_RDWR);

	show_parts(one, two);
	CALL(lock(one, F_SETLK, F_UNLCK, 0, 0));
	CALL(lock(one, F_OFD_SETLK, F_UNLCK, 0, 0));
	CALL(lock(two, F_OFD_SETLK, F_UNLCK, 0, 0));
	show_ends(one, two);
	CALL(close(one));
	CALL(close(two));
	one = open("file", O_RDWR), two = open("file", O_RDWR);
	show_flock(one, two);
	remove_work_folder();
	return 0;
}
