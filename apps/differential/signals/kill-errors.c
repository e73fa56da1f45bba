/* kill, tkill and tgkill: numbers of signals and threads that do not exist, and asking with signal 0. */
#include "differ.h"

int main(void)
{
	int process = getpid();

	CALL(kill(process, 0));
	CALL(kill(process, 65));
	CALL(kill(process, -1));
	CALL(kill(0x3fffffff, 0));
	CALL(kill(0x3fffffff, SIGTERM));
	CALL(syscall(SYS_tgkill, process, process, 0));
	CALL(syscall(SYS_tgkill, process, 0x3fffffff, 0));
	CALL(syscall(SYS_tgkill, 0x3fffffff, process, 0));
	CALL(syscall(SYS_tgkill, process, 0, 0));
	CALL(syscall(SYS_tgkill, -1, process, 0));
	CALL(syscall(SYS_tgkill, process, process, 65));
	CALL(syscall(SYS_tkill, process, 0));
	CALL(syscall(SYS_tkill, 0, 0));
	CALL(syscall(SYS_tkill, 0x3fffffff, SIGTERM));
	CALL(sigqueue(process, 65, (union sigval){0}));
	CALL(sigqueue(0x3fffffff, 0, (union sigval){0}));
	return 0;
}
