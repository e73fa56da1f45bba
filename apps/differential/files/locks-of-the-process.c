/* Record locks (F_SETLK) of a process do not stand in its own way, whichever descriptor they came by; wrong ones are refused. */
#include "files.h"

static int lock(int fd, int command, struct flock wish)
{
	int result = fcntl(fd, command, &wish);

	if (result == 0 && command == F_GETLK)
		printf("type %d, %d %d %d %d\n", wish.l_type, wish.l_whence, (int)wish.l_start, (int)wish.l_len, (int)wish.l_pid);
	return result;
}

int main(void)
{
	int pipes[2];

	enter_work_folder();
	make_file("file", "0123456789");
	int one = open("file", O_RDWR), two = open("file", O_RDWR), reader = open("file", O_RDONLY);

	NEED(pipe(pipes) == 0);
	CALL(lock(one, F_SETLK, (struct flock){.l_type = F_WRLCK}));
	CALL(lock(two, F_SETLK, (struct flock){.l_type = F_WRLCK, .l_start = 2, .l_len = 3}));
	CALL(lock(two, F_SETLKW, (struct flock){.l_type = F_RDLCK, .l_start = 2, .l_len = 3}));
	CALL(lock(two, F_GETLK, (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_END, .l_start = -3, .l_len = 2, .l_pid = 77}));
	CALL(lock(two, F_GETLK, (struct flock){.l_type = F_UNLCK}));
	CALL(lock(reader, F_SETLK, (struct flock){.l_type = F_WRLCK}));
	CALL(lock(reader, F_SETLK, (struct flock){.l_type = F_RDLCK}));
	CALL(lock(reader, F_GETLK, (struct flock){.l_type = F_WRLCK}));
	CALL(lock(one, F_SETLK, (struct flock){.l_type = 9}));
	CALL(lock(one, F_SETLK, (struct flock){.l_type = F_WRLCK, .l_start = -1}));
	CALL(lock(one, F_SETLK, (struct flock){.l_type = F_WRLCK, .l_whence = 9}));
	CALL(lock(one, F_SETLK, (struct flock){.l_type = F_WRLCK, .l_start = LLONG_MAX, .l_len = 10}));
	CALL(lock(99, F_SETLK, (struct flock){.l_type = F_WRLCK}));
	CALL(lock(pipes[0], F_SETLK, (struct flock){.l_type = F_RDLCK}));
	CALL(fcntl(one, F_SETLK, 16));
	CALL(lock(one, F_SETLK, (struct flock){.l_type = F_UNLCK}));
	remove_work_folder();
	return 0;
}
