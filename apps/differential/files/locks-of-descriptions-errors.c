/* Locks of open file descriptions: wrong arguments, ranges beyond the ends, what is no file. */
#include "files.h"

static int lock(int fd, struct flock wish)
{
	return fcntl(fd, F_OFD_SETLK, &wish);
}

int main(void)
{
	int pipes[2];

	enter_work_folder();
	make_file("file", "0123456789");
	int fd = open("file", O_RDWR), reader = open("file", O_RDONLY), writer = open("file", O_WRONLY);

	NEED(pipe(pipes) == 0);
	CALL(lock(fd, (struct flock){.l_type = F_WRLCK, .l_pid = 5}));
	CALL(lock(fd, (struct flock){.l_type = 7}));
	CALL(lock(fd, (struct flock){.l_type = F_WRLCK, .l_whence = 3}));
	CALL(lock(fd, (struct flock){.l_type = F_WRLCK, .l_start = -1}));
	CALL(lock(fd, (struct flock){.l_type = F_WRLCK, .l_start = 5, .l_len = -5}));
	CALL(lock(fd, (struct flock){.l_type = F_WRLCK, .l_start = 5, .l_len = -6}));
	CALL(lock(fd, (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_END, .l_start = -10}));
	CALL(lock(fd, (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_END, .l_start = -11}));
	CALL(lock(fd, (struct flock){.l_type = F_WRLCK, .l_start = LLONG_MAX, .l_len = 2}));
	CALL(lock(fd, (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_END, .l_start = LLONG_MAX}));
	CALL(lock(fd, (struct flock){.l_type = F_UNLCK}));
	CALL(lock(reader, (struct flock){.l_type = F_WRLCK}));
	CALL(lock(writer, (struct flock){.l_type = F_RDLCK}));
	CALL(lock(writer, (struct flock){.l_type = F_UNLCK}));
	CALL(lock(99, (struct flock){.l_type = F_WRLCK}));
	CALL(lock(pipes[1], (struct flock){.l_type = F_WRLCK}));
	CALL(fcntl(fd, F_OFD_SETLK, 16));
	CALL(fcntl(fd, F_OFD_GETLK, 16));
	remove_work_folder();
	return 0;
}
