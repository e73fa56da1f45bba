// cpus: 1 2
/* Opening a FIFO waits for the other side; without waiting a writer is refused, a reader reads the end; who opens both waits for nobody. */
// not-in-qemu-export: QEMU's server makes no FIFOs and no names of sockets (ENXIO)
#include "files.h"
#include <pthread.h>

static atomic_int stage;

static void *write_side(void *argument)
{
	(void)argument;
	stage = 1;
	int fd = open("fifo", O_WRONLY);

	NEED(fd >= 0 && write(fd, "hello", 5) == 5);
	close(fd);
	return NULL;
}

int main(void)
{
	char text[16] = "";
	pthread_t thread;

	enter_work_folder();
	signal(SIGPIPE, SIG_IGN);
	NEED(mkfifo("fifo", 0644) == 0);
	CALL(open("fifo", O_WRONLY | O_NONBLOCK));
	int reader = open("fifo", O_RDONLY | O_NONBLOCK);

	CALL(read(reader, text, 4));
	int writer = open("fifo", O_WRONLY | O_NONBLOCK);

	HOLDS(writer >= 0);
	CALL(read(reader, text, 4));
	CALL(write(writer, "abc", 3));
	CALL(read(reader, text, 8));
	CALL(close(reader));
	CALL(write(writer, "abc", 3));
	reader = open("fifo", O_RDONLY);
	CALL(write(writer, "new", 3));
	CALL(close(writer));
	CALL(read(reader, text, 8));
	CALL(read(reader, text, 8));
	CALL(close(reader));
	NEED(pthread_create(&thread, NULL, write_side, NULL) == 0);
	WAIT_UNTIL(stage == 1);
	reader = open("fifo", O_RDONLY);
	CALL(read(reader, text, sizeof text));
	printf("%.5s\n", text);
	CALL(read(reader, text, sizeof text));
	pthread_join(thread, NULL);
	CALL(close(reader));
	int both = open("fifo", O_RDWR);

	CALL(write(both, "xyz", 3));
	CALL(read(both, text, 8));
	CALL(lseek(both, 0, SEEK_SET));
	CALL(ftruncate(both, 0));
	NEED(unlink("fifo") == 0);
	CALL(write(both, "xyz", 3));
	CALL(read(both, text, 8));
	remove_work_folder();
	return 0;
}
