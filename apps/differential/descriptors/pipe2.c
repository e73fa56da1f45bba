/* pipe2's flags. */
#include "differ.h"
#include <fcntl.h>

int main(void)
{
	int ends[2];

	CALL(pipe2(ends, O_NONBLOCK | O_CLOEXEC));
	SHOW(fcntl(ends[0], F_GETFL) & O_NONBLOCK);
	SHOW(fcntl(ends[1], F_GETFL) & O_ACCMODE);
	SHOW(fcntl(ends[0], F_GETFD));
	CALL(read(ends[0], ends, 1));
	CALL(syscall(SYS_pipe2, ends, 0x12345));
	CALL(syscall(SYS_pipe2, 16, 0));
	CALL(pipe2(ends, O_CLOEXEC));
	SHOW(ends[0]);
	return 0;
}
