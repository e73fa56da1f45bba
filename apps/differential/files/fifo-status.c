/* What fstat, poll and FIONREAD say of a FIFO, and that its size stays nothing. */
// not-in-qemu-export: QEMU's server makes no FIFOs and no names of sockets (ENXIO)
#include "files.h"
#include <poll.h>
#include <sys/ioctl.h>

static void show_events(int fd)
{
	struct pollfd polled = {.fd = fd, .events = POLLIN | POLLOUT};

	CALL(poll(&polled, 1, 0));
	printf("events %x\n", polled.revents);
}

int main(void)
{
	struct stat status;
	int number = -1;

	enter_work_folder();
	NEED(mkfifo("fifo", 0644) == 0);
	int reader = open("fifo", O_RDONLY | O_NONBLOCK), writer = open("fifo", O_WRONLY);

	show_events(reader);
	show_events(writer);
	CALL(write(writer, "hello", 5));
	CALL(ioctl(reader, FIONREAD, &number));
	SHOW(number);
	CALL(fstat(reader, &status));
	HOLDS(S_ISFIFO(status.st_mode));
	SHOW(status.st_size);
	show_events(reader);
	CALL(close(writer));
	show_events(reader);
	char text[8];

	CALL(read(reader, text, 8));
	show_events(reader);
	CALL(fcntl(reader, F_GETPIPE_SZ));
	show_mode("fifo");
	remove_work_folder();
	return 0;
}
