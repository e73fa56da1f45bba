/* POSIX timers go, with the signals that they have sent; those of setitimer stay, and what they send reaches the new program. */
#include "exec.h"
#include <sys/time.h>

int main(int count, char **arguments)
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN};
	struct itimerspec soon = {.it_value.tv_nsec = 1}, late = {.it_value.tv_sec = 1000}, left;
	struct itimerval real = {.it_value.tv_usec = 20000}, virtual_time = {.it_value.tv_sec = 500, .it_interval.tv_sec = 3};
	sigset_t set, pending;
	timer_t timer;
	int number;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigaddset(&set, SIGALRM);
	if (step_of(count, arguments) == 0) {
		NEED(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
		NEED(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0 && timer_settime(timer, 0, &soon, NULL) == 0);
		do
			NEED(sigpending(&pending) == 0);
		while (sigismember(&pending, SIGRTMIN) == 0);
		NEED(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0 && timer_settime(timer, 0, &late, NULL) == 0);
		NEED(setitimer(ITIMER_VIRTUAL, &virtual_time, NULL) == 0 && setitimer(ITIMER_REAL, &real, NULL) == 0);
		start(SELF, 1, NULL);
		return 1;
	}
	CALL(syscall(SYS_timer_gettime, 0, &left));
	CALL(syscall(SYS_timer_gettime, 1, &left));
	NEED(getitimer(ITIMER_VIRTUAL, &virtual_time) == 0);
	HOLDS(virtual_time.it_value.tv_sec >= 400 && virtual_time.it_interval.tv_sec == 3);
	NEED(sigwait(&set, &number) == 0);
	printf("taken: %s\n", signal_name(number));
	NEED(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
	NEED(timer_settime(timer, 0, &soon, NULL) == 0 && sigwait(&set, &number) == 0);
	printf("taken: %s\n", signal_name(number));
	return 0;
}
