/* Process groups and sessions as far as one process has them: what is refused for lack of such a process. */
#include "differ.h"

int main(void)
{
	CALL(setpgid(0, 0x3fffffff) == -1 && errno == EPERM ? 0 : -1);
	CALL(setpgid(0x3fffffff, 0));
	CALL(setpgid(0, -1));
	CALL(setpgid(-1, 0));
	HOLDS(getpgid(getpid()) == getpgrp());
	HOLDS(getsid(getpid()) == getsid(0));
	CALL(getpgid(-1));
	CALL(getsid(-1));
	return 0;
}
