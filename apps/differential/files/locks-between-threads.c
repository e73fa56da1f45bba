// cpus: 1 2
/* F_OFD_SETLKW waits until the other description gives its lock up, or is closed; between threads of one process, too. */
#include "files.h"
#include <pthread.h>

static int one, two;
static atomic_int stage;
static int results[2], stages[2];

static int lock(int fd, int command, short type, off_t start, off_t length)
{
	struct flock wish = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};

	return fcntl(fd, command, &wish);
}

static void *wait_for_it(void *argument)
{
	(void)argument;
	stage = 1;
	int first = lock(two, F_OFD_SETLKW, F_WRLCK, 0, 10);

	results[0] = first, stages[0] = stage;
	lock(two, F_OFD_SETLK, F_UNLCK, 0, 10);
	stage = 3;
	WAIT_UNTIL(stage == 4);
	stage = 5;
	int second = lock(two, F_OFD_SETLKW, F_RDLCK, 0, 0);

	results[1] = second, stages[1] = stage;
	return NULL;
}

int main(void)
{
	pthread_t thread;

	enter_work_folder();
	make_file("file", "0123456789");
	one = open("file", O_RDWR);
	two = open("file", O_RDWR);
	CALL(lock(one, F_OFD_SETLK, F_WRLCK, 5, 1));
	NEED(pthread_create(&thread, NULL, wait_for_it, NULL) == 0);
	WAIT_UNTIL(stage == 1);
	pause_ms(30);
	stage = 2;
	CALL(lock(one, F_OFD_SETLK, F_UNLCK, 5, 1));
	WAIT_UNTIL(stage == 3);
	CALL(lock(one, F_OFD_SETLK, F_WRLCK, 0, 0));
	stage = 4;
	WAIT_UNTIL(stage == 5);
	pause_ms(30);
	stage = 6;
	CALL(close(one));
	pthread_join(thread, NULL);
	printf("taken after it was given up: %d, stage %d\n", results[0], stages[0]);
	printf("taken after the other was closed: %d, stage %d\n", results[1], stages[1]);
	remove_work_folder();
	return 0;
}
