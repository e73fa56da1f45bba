/* Timers that all threads share: setitimer, a POSIX timer and a timerfd are set, asked, read and taken back by everybody at once, with times so
 * short that they end meanwhile; POSIX timers come and go beside them. After each round the last setting counts: each timer ends once more, or the round never does. */
#include "stress.h"
#include <sys/time.h>
#include <sys/timerfd.h>

enum { SETTINGS = 150, MOST_MICROSECONDS = 300, PERIOD_NS = 1000000, LAST_NS = 1000000 };

static timer_t posix_timer;
static int timer_file;
static _Atomic unsigned long alarms, expirations;

static void count_signal(int number)
{
	atomic_fetch_add(number == SIGALRM ? &alarms : &expirations, 1);
}

/* One in four takes the timer back, one in two repeats it: not so often that threads would do nothing but take signals. */
static struct itimerspec random_setting(struct random *random)
{
	long ns = random_below(random, 4) == 0 ? 0 : 1000 * (1 + (long)random_below(random, MOST_MICROSECONDS));

	return (struct itimerspec){
		.it_value = { 0, ns },
		.it_interval = { 0, random_below(random, 2) ? PERIOD_NS : 0 },
	};
}

static void set_interval(const struct itimerspec *wanted)
{
	struct itimerval value = {
		.it_value = { 0, wanted->it_value.tv_nsec / 1000 },
		.it_interval = { 0, wanted->it_interval.tv_nsec / 1000 },
	};

	NEED_EQUAL(setitimer(ITIMER_REAL, &value, NULL), 0);
}

static void nothing(int number)
{
	(void)number;
}

/* A timer that ends while it is taken away; its number is soon another's, with another signal. */
static void make_and_delete(struct random *random)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 3 + (int)random_below(random, 3) };
	struct itimerspec wanted = { .it_value = { 0, 1000 * (1 + (long)random_below(random, 20)) } };
	timer_t timer;

	NEED_EQUAL(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
	NEED_EQUAL(timer_settime(timer, 0, &wanted, NULL), 0);
	for (unsigned long turns = random_below(random, 4000); turns > 0; turns--)
		__asm__ volatile("pause");
	NEED_EQUAL(timer_delete(timer), 0);
}

static void *set_and_read(void *argument)
{
	struct worker *self = argument;
	uint64_t count;

	for (int step = 0; step < SETTINGS; step++) {
		struct itimerspec wanted = random_setting(&self->random), left;
		switch (random_below(&self->random, 8)) {
		case 0:
		case 1:
			set_interval(&wanted);
			break;
		case 2:
			NEED_EQUAL(timer_settime(posix_timer, 0, &wanted, &left), 0);
			break;
		case 3:
			NEED_EQUAL(timerfd_settime(timer_file, 0, &wanted, &left), 0);
			break;
		case 4:
			NEED(read(timer_file, &count, sizeof count) == sizeof count ? count > 0 : errno == EAGAIN);
			break;
		case 5:
		case 6:
			make_and_delete(&self->random);
			break;
		default:
			NEED_EQUAL(timer_gettime(posix_timer, &left), 0);
			NEED_EQUAL(timerfd_gettime(timer_file, &left), 0);
		}
	}
	return NULL;
}

static void wait_for_more(_Atomic unsigned long *counter, unsigned long before)
{
	struct timespec pause = { 0, LAST_NS };

	while (atomic_load(counter) == before)
		nanosleep(&pause, NULL);
}

static void round_of_timers(uint64_t round)
{
	static const struct itimerspec never, once = { .it_value = { 0, LAST_NS } };
	struct timespec pause = { 0, LAST_NS };
	uint64_t count = 0;

	run_workers(round, set_and_read);
	set_interval(&never);
	NEED_EQUAL(timer_settime(posix_timer, 0, &never, NULL), 0);
	unsigned long alarms_before = atomic_load(&alarms), expirations_before = atomic_load(&expirations);
	set_interval(&once);
	NEED_EQUAL(timer_settime(posix_timer, 0, &once, NULL), 0);
	NEED_EQUAL(timerfd_settime(timer_file, 0, &once, NULL), 0);
	wait_for_more(&alarms, alarms_before);
	wait_for_more(&expirations, expirations_before);
	while (read(timer_file, &count, sizeof count) < 0) {
		NEED_EQUAL(errno, EAGAIN);
		nanosleep(&pause, NULL);
	}
	NEED_EQUAL(count, 1);
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = count_signal, .sa_flags = SA_RESTART };
	struct sigaction no_action = { .sa_handler = nothing, .sa_flags = SA_RESTART };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 2 };

	for (int number = SIGRTMIN + 3; number < SIGRTMIN + 6; number++)
		NEED_EQUAL(sigaction(number, &no_action, NULL), 0);
	NEED_EQUAL(sigaction(SIGALRM, &action, NULL), 0);
	NEED_EQUAL(sigaction(SIGRTMIN + 2, &action, NULL), 0);
	NEED_EQUAL(timer_create(CLOCK_MONOTONIC, &event, &posix_timer), 0);
	NEED((timer_file = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK)) >= 0);
	return stress(argc, argv, round_of_timers);
}
