/* Closing the last reader wakes a writer that waits for room: EPIPE. Closing the writer wakes a reader: end of file. */
// cpus: 1 2
#include "differ.h"
#include <pthread.h>
#include <sys/ioctl.h>

static int ends[2];
static atomic_int ready;

static int bytes_inside(void)
{
	int count = 0;

	NEED(ioctl(ends[0], FIONREAD, &count) == 0);
	return count;
}

static void *write_much(void *argument)
{
	static char block[100000];

	CALL(write(ends[1], block, sizeof block));
	CALL(write(ends[1], block, sizeof block));
	return argument;
}

static void *read_once(void *argument)
{
	char byte;

	atomic_store(&ready, 1);
	CALL(read(ends[0], &byte, 1));
	return argument;
}

int main(void)
{
	pthread_t thread;
	char bytes[1000];

	signal(SIGPIPE, SIG_IGN);
	NEED(pipe(ends) == 0);
	NEED(pthread_create(&thread, NULL, write_much, NULL) == 0);
	WAIT_UNTIL(bytes_inside() == 65536);
	NEED(read(ends[0], bytes, sizeof bytes) == sizeof bytes);
	close(ends[0]);
	pthread_join(thread, NULL);
	close(ends[1]);
	NEED(pipe(ends) == 0);
	NEED(pthread_create(&thread, NULL, read_once, NULL) == 0);
	WAIT_UNTIL(atomic_load(&ready));
	pause_ms(10);
	close(ends[1]);
	pthread_join(thread, NULL);
	return 0;
}
