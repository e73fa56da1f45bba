/* What timer_create, timer_settime and their kin refuse. */
#include "differ.h"

int main(void)
{
	struct sigevent wrong_signal = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = 100}, wrong_kind = {.sigev_notify = 77};
	struct itimerspec wrong = {.it_value.tv_nsec = 1000000000}, once = {.it_value.tv_sec = 9000}, old;
	int timer, none = 12345;

	CALL(syscall(SYS_timer_create, 77, NULL, &timer));
	CALL(syscall(SYS_timer_create, CLOCK_MONOTONIC, &wrong_signal, &timer));
	CALL(syscall(SYS_timer_create, CLOCK_MONOTONIC, &wrong_kind, &timer));
	CALL(syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, 16));
	CALL(syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, &timer));
	CALL(syscall(SYS_timer_settime, timer, 0, &wrong, NULL));
	CALL(syscall(SYS_timer_settime, timer, 0, NULL, NULL));
	CALL(syscall(SYS_timer_settime, timer, 0, &once, &old));
	HOLDS(old.it_value.tv_sec == 0);
	CALL(syscall(SYS_timer_settime, timer, 0, &once, &old));
	HOLDS(old.it_value.tv_sec > 8900 && old.it_value.tv_sec <= 9000);
	CALL(syscall(SYS_timer_settime, none, 0, &once, NULL));
	CALL(syscall(SYS_timer_gettime, none, &old));
	CALL(syscall(SYS_timer_getoverrun, none));
	CALL(syscall(SYS_timer_getoverrun, timer));
	CALL(syscall(SYS_timer_delete, timer));
	CALL(syscall(SYS_timer_delete, timer));
	return 0;
}
