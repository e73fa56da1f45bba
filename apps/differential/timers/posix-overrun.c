/* A timer whose signal is blocked counts what it would have sent. */
#include "differ.h"

int main(void)
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
	struct itimerspec often = {{.tv_nsec = 1000000}, {.tv_nsec = 1000000}}, never = {0};
	sigset_t set;
	siginfo_t info;
	timer_t timer;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	CALL(timer_create(CLOCK_MONOTONIC, &event, &timer));
	CALL(timer_settime(timer, 0, &often, NULL));
	pause_ms(50);
	HOLDS(sigwaitinfo(&set, &info) == SIGUSR1);
	HOLDS(info.si_overrun >= 20);
	HOLDS(timer_getoverrun(timer) >= 20);
	CALL(timer_settime(timer, 0, &never, NULL));
	return 0;
}
