/* RLIMIT_FSIZE: a write up to it is cut, one at it ends in SIGXFSZ and EFBIG, and so does making a file longer. */
#include "files.h"
#include <sys/resource.h>

static volatile sig_atomic_t signals;

static void handler(int number)
{
	(void)number;
	signals++;
}

static void set_limit(rlim_t bytes)
{
	struct rlimit limit;

	NEED(getrlimit(RLIMIT_FSIZE, &limit) == 0);
	limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
	NEED(setrlimit(RLIMIT_FSIZE, &limit) == 0);
}

/* What is printed may go to a file, too, so there is a limit only during the call. */
#define LIMITED(call)                                                                                                      \
	do {                                                                                                               \
		set_limit(10);                                                                                             \
		errno = 0;                                                                                                 \
		long result = (call);                                                                                      \
		int number = errno;                                                                                        \
		set_limit(RLIM_INFINITY);                                                                                  \
		printf("%s = %ld %s, %d signals\n", #call, result, result < 0 ? error_name(number) : "", (int)signals);     \
	} while (0)

int main(void)
{
	int pipes[2];

	enter_work_folder();
	signal(SIGXFSZ, handler);
	make_file("long", "0123456789abcdef");
	int fd = open("file", O_RDWR | O_CREAT, 0644), longer = open("long", O_RDWR), appending = open("long", O_WRONLY | O_APPEND);

	NEED(pipe(pipes) == 0);
	LIMITED(write(fd, "01234567", 8));
	LIMITED(write(fd, "89abcdef", 8));
	LIMITED(write(fd, "x", 1));
	LIMITED(pwrite(fd, "x", 1, 100));
	LIMITED(pwrite(fd, "y", 1, 9));
	LIMITED(pwrite(fd, "", 0, 100));
	LIMITED(ftruncate(fd, 10));
	LIMITED(ftruncate(fd, 11));
	LIMITED(write(appending, "x", 1));
	LIMITED(truncate("long", 12));
	LIMITED(truncate("long", 13));
	LIMITED(pwrite(longer, "z", 1, 11));
	LIMITED(pwrite(longer, "z", 1, 9));
	LIMITED(write(pipes[1], "0123456789abcdef", 16));
	signal(SIGXFSZ, SIG_IGN);
	LIMITED(pwrite(fd, "x", 1, 10));
	CALL(pwrite(fd, "x", 1, 100));
	show_mode("file");
	show_mode("long");
	remove_work_folder();
	return 0;
}
