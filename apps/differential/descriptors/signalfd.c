/* signalfd: pending blocked signals are read with what is known about them. */
#include "differ.h"
#include <sys/signalfd.h>

int main(void)
{
	struct signalfd_siginfo info[4];
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	int file = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	SHOW(file);
	CALL(read(file, info, sizeof info));
	kill(getpid(), SIGUSR1);
	sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = 31});
	CALL(read(file, info, 5));
	CALL(read(file, info, sizeof info));
	HOLDS(info[0].ssi_signo == SIGUSR1 && info[0].ssi_code == SI_USER && info[0].ssi_pid == (uint32_t)getpid());
	HOLDS(info[1].ssi_signo == (uint32_t)SIGRTMIN && info[1].ssi_code == SI_QUEUE);
	SHOW(info[1].ssi_int);
	sigdelset(&set, SIGUSR1);
	CALL(signalfd(file, &set, 0));
	kill(getpid(), SIGUSR1);
	CALL(read(file, info, sizeof info));
	CALL(signalfd(1, &set, 0));
	CALL(signalfd(99, &set, 0));
	CALL(syscall(SYS_signalfd4, -1, &set, 8, 0x100));
	CALL(syscall(SYS_signalfd4, -1, &set, 4, 0));
	return 0;
}
