/* setitimer and getitimer: one shot, repetition, what is left, taking back, what is refused. */
#include "differ.h"
#include <sys/time.h>

static volatile sig_atomic_t count;

static void handler(int number)
{
	(void)number;
	count++;
}

int main(void)
{
	struct itimerval once = {.it_value = {.tv_usec = 5000}}, often = {.it_value = {.tv_usec = 1000}, .it_interval = {.tv_usec = 2000}};
	struct itimerval never = {0}, old, wrong = {.it_value = {.tv_usec = 1000000}}, late = {.it_value = {.tv_sec = 9000}};

	signal(SIGALRM, handler);
	CALL(getitimer(ITIMER_REAL, &old));
	HOLDS(old.it_value.tv_sec == 0 && old.it_value.tv_usec == 0 && old.it_interval.tv_usec == 0);
	CALL(setitimer(ITIMER_REAL, &once, NULL));
	WAIT_UNTIL(count == 1);
	getitimer(ITIMER_REAL, &old);
	HOLDS(old.it_value.tv_sec == 0 && old.it_value.tv_usec == 0);
	CALL(setitimer(ITIMER_REAL, &often, NULL));
	WAIT_UNTIL(count >= 6);
	getitimer(ITIMER_REAL, &old);
	HOLDS(old.it_interval.tv_usec == 2000);
	CALL(setitimer(ITIMER_REAL, &late, NULL));
	CALL(setitimer(ITIMER_REAL, &never, &old));
	HOLDS(old.it_value.tv_sec > 8900 && old.it_value.tv_sec <= 9000);
	CALL(setitimer(ITIMER_REAL, &wrong, NULL));
	CALL(setitimer(3, &once, NULL));
	CALL(getitimer(-1, &old));
	CALL(syscall(SYS_setitimer, ITIMER_REAL, 16, NULL));
	CALL(syscall(SYS_getitimer, ITIMER_REAL, 16));
	return 0;
}
