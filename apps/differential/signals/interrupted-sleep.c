/* A handler ends nanosleep with EINTR and the rest of the time, with SA_RESTART too; an absolute sleep can be resumed. */
// libc: both
#include "differ.h"
#include <sys/time.h>

static volatile sig_atomic_t count;

static void handler(int number)
{
	(void)number;
	count++;
}

static void sleep_with(int flags)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
	struct itimerval soon = {.it_value = {.tv_usec = 10000}};
	struct timespec long_time = {.tv_sec = 50}, rest = {0};

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	CALL(nanosleep(&long_time, &rest));
	HOLDS(rest.tv_sec == 49 && rest.tv_nsec > 0);
	setitimer(ITIMER_REAL, &soon, NULL);
	THREAD_CALL(clock_nanosleep(CLOCK_MONOTONIC, 0, &long_time, &rest));
	HOLDS(rest.tv_sec == 49);
	rest.tv_sec = 1234;
	struct timespec until = in_ms(CLOCK_MONOTONIC, 50000);
	setitimer(ITIMER_REAL, &soon, NULL);
	THREAD_CALL(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, &rest));
	SHOW(rest.tv_sec);
}

int main(void)
{
	sleep_with(0);
	sleep_with(SA_RESTART);
	SHOW(count);
	return 0;
}
