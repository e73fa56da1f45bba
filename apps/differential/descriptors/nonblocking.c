/* O_NONBLOCK belongs to the open file, and other flags are not changed by F_SETFL. */
#include "differ.h"
#include <fcntl.h>
#include <sys/ioctl.h>

int main(void)
{
	int ends[2], on = 1, off = 0;
	char byte;

	NEED(pipe(ends) == 0);
	CALL(fcntl(ends[0], F_SETFL, O_NONBLOCK | O_WRONLY | O_CREAT));
	SHOW(fcntl(ends[0], F_GETFL) & (O_ACCMODE | O_NONBLOCK | O_CREAT));
	CALL(read(ends[0], &byte, 1));
	CALL(fcntl(ends[0], F_SETFL, 0));
	SHOW(fcntl(ends[0], F_GETFL) & (O_ACCMODE | O_NONBLOCK));
	CALL(ioctl(ends[0], FIONBIO, &on));
	CALL(read(ends[0], &byte, 1));
	CALL(ioctl(ends[0], FIONBIO, &off));
	CALL(ioctl(ends[0], FIOCLEX));
	CALL(fcntl(ends[0], F_GETFD));
	CALL(ioctl(ends[0], FIONCLEX));
	CALL(fcntl(ends[0], F_GETFD));
	return 0;
}
