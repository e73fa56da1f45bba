/* sigtimedwait takes a pending signal without a handler, tells about it, or gives up at its time. */
// libc: both
#include "differ.h"

int main(void)
{
	struct timespec none = {0}, soon = timespec_of_ms(20), wrong = {.tv_nsec = -1};
	siginfo_t info = {0};
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	CALL(sigtimedwait(&set, &info, &none));
	int64_t start = monotonic_ms();
	CALL(sigtimedwait(&set, &info, &soon));
	HOLDS(monotonic_ms() - start >= 19);
	CALL(sigtimedwait(&set, &info, &wrong));
	kill(getpid(), SIGUSR1);
	sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = 5});
	sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = 6});
	CALL(sigtimedwait(&set, &info, &soon));
	HOLDS(info.si_signo == SIGUSR1 && info.si_code == SI_USER && info.si_pid == getpid());
	HOLDS(sigwaitinfo(&set, &info) == SIGRTMIN);
	SHOW(info.si_value.sival_int);
	HOLDS(sigwaitinfo(&set, &info) == SIGRTMIN);
	SHOW(info.si_value.sival_int);
	CALL(sigtimedwait(&set, NULL, &none));
	CALL(syscall(SYS_rt_sigtimedwait, &set, NULL, &none, 4));
	return 0;
}
