/* F_GETPIPE_SZ, F_SETPIPE_SZ and FIONREAD. */
#include "differ.h"
#include <fcntl.h>
#include <sys/ioctl.h>

int main(void)
{
	int ends[2], count = -1;

	NEED(pipe(ends) == 0);
	CALL(fcntl(ends[0], F_GETPIPE_SZ));
	CALL(fcntl(ends[0], F_SETPIPE_SZ, 5000));
	CALL(fcntl(ends[1], F_GETPIPE_SZ));
	CALL(ioctl(ends[0], FIONREAD, &count));
	SHOW(count);
	CALL(write(ends[1], "12345", 5));
	CALL(ioctl(ends[0], FIONREAD, &count));
	SHOW(count);
	CALL(fcntl(0, F_GETFD));
	CALL(fcntl(ends[0], 9999));
	return 0;
}
