/* Numbers of user, group, session and parent are consistent. */
#include "differ.h"
#include <sys/stat.h>

int main(void)
{
	HOLDS(getpid() > 0 && getppid() >= 0);
	HOLDS(getuid() == geteuid() && getgid() == getegid());
	HOLDS(getpgid(0) == getpgrp());
	HOLDS(getsid(0) >= 0);
	CALL(getpgid(0x3fffffff));
	CALL(getsid(0x3fffffff));
	HOLDS(getgroups(0, NULL) >= 0);
	HOLDS(umask(022) <= 0777);
	CALL(umask(0));
	return 0;
}
