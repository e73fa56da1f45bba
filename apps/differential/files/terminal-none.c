/* Without a terminal /dev/tty cannot be opened, and descriptors are none. */
#include "differ.h"
#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>

int main(void)
{
	struct winsize size;
	struct termios settings;

	CALL(open("/dev/tty", O_RDWR));
	CALL(isatty(1));
	CALL(ioctl(1, TIOCGWINSZ, &size));
	CALL(tcgetattr(1, &settings));
	return 0;
}
