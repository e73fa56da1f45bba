/* Locks of files are the description's and the process's: both stay. */
#include "exec.h"
#include <sys/file.h>

int main(int count, char **arguments)
{
	struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 10};
	int other;

	if (step_of(count, arguments) == 0) {
		make_file("/tmp/exec-locks", "content");
		NEED(open("/tmp/exec-locks", O_RDWR) == 3 && flock(3, LOCK_EX) == 0);
		NEED(open("/tmp/exec-locks", O_RDWR | O_CLOEXEC) == 4 && fcntl(3, F_SETLK, &range) == 0);
		start(SELF, 1, NULL);
		return 1;
	}
	NEED((other = open("/tmp/exec-locks", O_RDWR)) == 4);
	CALL(flock(other, LOCK_EX | LOCK_NB));
	CALL(fcntl(3, F_SETLK, &range));
	CALL(flock(3, LOCK_UN));
	CALL(flock(other, LOCK_EX | LOCK_NB));
	CALL(unlink("/tmp/exec-locks"));
	return 0;
}
