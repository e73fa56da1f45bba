/*
 * Signals that interrupt a call, however slow the machine: SIGALRM comes again and again until it is taken back. One alarm alone may
 * come before the program has entered the call that it is meant for, which then waits for ever. How often it came is not printed.
 */
#ifndef DIFFER_ALARMS_H
#define DIFFER_ALARMS_H

#include "differ.h"
#include <sys/time.h>

static volatile sig_atomic_t alarm_count;

static inline void count_alarm(int number)
{
	(void)number;
	alarm_count++;
}

/* `handler` is called every ten milliseconds from now on; `flags` as in sigaction. */
static inline void alarms_begin(void (*handler)(int), int flags)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
	struct itimerval often = {.it_value = {.tv_usec = 10000}, .it_interval = {.tv_usec = 10000}};

	NEED(sigaction(SIGALRM, &action, NULL) == 0);
	alarm_count = 0;
	NEED(setitimer(ITIMER_REAL, &often, NULL) == 0);
}

static inline void alarms_end(void)
{
	NEED(setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL) == 0);
}

#endif
