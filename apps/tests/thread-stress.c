/*
 * Threads, mutexes, condition variables and futexes under stress for a while: nothing is lost, counted twice or left behind.
 *
 * usage: thread-stress [milliseconds]
 *
 * A lost wake-up would let its threads sleep for ever, so the main thread watches that every group gets on.
 */
#include "check.h"
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { PAIRS = 3, COUNTERS = 4, CREATORS = 2, WAITERS = 4, STUCK_MS = 60000 };
enum { FUTEX_WAIT_PRIVATE = 128, FUTEX_WAKE_PRIVATE = 129 };

static atomic_int finish;
static atomic_ulong progress[4];

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* A token goes to and fro between two threads: each adds one, and waits until the other has. */
static struct pair {
	atomic_uint turn;
	unsigned steps[2];
} pairs[PAIRS];

static void *pass_token(void *argument)
{
	uintptr_t index = (uintptr_t)argument;
	struct pair *pair = &pairs[index / 2];
	unsigned own = index % 2;

	for (;;) {
		unsigned turn;
		while ((turn = atomic_load(&pair->turn)) % 2 != own) {
			if (turn >= 0xf0000000)
				return NULL;
			syscall(SYS_futex, &pair->turn, FUTEX_WAIT_PRIVATE, turn, NULL, NULL, 0);
		}
		if (turn >= 0xf0000000)
			return NULL;
		pair->steps[own]++;
		atomic_fetch_add(&progress[0], 1);
		/* The end is told by the first of the two, so that both have made as many steps. */
		int ends = own == 1 && atomic_load(&finish);
		atomic_store(&pair->turn, ends ? 0xf0000000 : (turn + 1) % 0x10000000);
		syscall(SYS_futex, &pair->turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
		if (ends)
			return NULL;
	}
}

static pthread_mutex_t counter_lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned long counter;
static unsigned long counted[COUNTERS];

static void *count_up(void *argument)
{
	uintptr_t index = (uintptr_t)argument;

	while (!atomic_load(&finish)) {
		pthread_mutex_lock(&counter_lock);
		counter++;
		if (counter % 64 == 0)
			sched_yield();
		pthread_mutex_unlock(&counter_lock);
		counted[index]++;
		atomic_fetch_add(&progress[1], 1);
	}
	return NULL;
}

static atomic_ulong born, died, refused;

static void *live_shortly(void *argument)
{
	atomic_fetch_add(&died, 1);
	return argument;
}

static void *create_and_join(void *argument)
{
	while (!atomic_load(&finish)) {
		pthread_t threads[4];
		int count = 0;

		while (count < 4 && pthread_create(&threads[count], NULL, live_shortly, NULL) == 0)
			count++;
		atomic_fetch_add(&born, count);
		atomic_fetch_add(&refused, count < 4);
		while (count > 0)
			pthread_join(threads[--count], NULL);
		atomic_fetch_add(&progress[2], 1);
	}
	return argument;
}

static pthread_mutex_t round_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t round_began = PTHREAD_COND_INITIALIZER, round_ended = PTHREAD_COND_INITIALIZER;
static unsigned long round_number;
static int still_in_round;
static int rounds_are_over;

/* Every broadcast reaches every waiter exactly once. */
static void *take_part(void *argument)
{
	unsigned long *seen = argument;

	pthread_mutex_lock(&round_lock);
	for (;;) {
		while (round_number == *seen && !rounds_are_over)
			pthread_cond_wait(&round_began, &round_lock);
		if (rounds_are_over)
			break;
		++*seen;
		if (--still_in_round == 0)
			pthread_cond_signal(&round_ended);
	}
	pthread_mutex_unlock(&round_lock);
	return NULL;
}

static void *run_rounds(void *argument)
{
	pthread_mutex_lock(&round_lock);
	while (!atomic_load(&finish)) {
		still_in_round = WAITERS;
		round_number++;
		pthread_cond_broadcast(&round_began);
		while (still_in_round != 0)
			pthread_cond_wait(&round_ended, &round_lock);
		atomic_fetch_add(&progress[3], 1);
	}
	rounds_are_over = 1;
	pthread_cond_broadcast(&round_began);
	pthread_mutex_unlock(&round_lock);
	return argument;
}

static pthread_t all[32];
static int all_count;

static void start(void *(*body)(void *), void *argument)
{
	if (CHECK(pthread_create(&all[all_count], NULL, body, argument) == 0))
		all_count++;
}

/* Until the time is over; whether every group has got on, however slow the machine is. */
static int watch(int64_t until)
{
	unsigned long before[4] = {0};
	int64_t last[4];

	for (int group = 0; group < 4; group++)
		last[group] = now_ms();
	for (;;) {
		int64_t now = now_ms();
		int all_began = 1;
		for (int group = 0; group < 4; group++) {
			unsigned long seen = atomic_load(&progress[group]);
			if (seen != before[group]) {
				before[group] = seen;
				last[group] = now;
			} else if (now - last[group] > STUCK_MS) {
				fprintf(stderr, "group %d is stuck\n", group);
				return 0;
			}
			all_began &= seen > 0;
		}
		if (now >= until && all_began)
			return 1;
		nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
	}
}

int main(int count, char **arguments)
{
	static unsigned long seen[WAITERS];
	int64_t until = now_ms() + (count > 1 ? atoi(arguments[1]) : 300);
	unsigned long sum = 0;

	for (uintptr_t index = 0; index < 2 * PAIRS; index++)
		start(pass_token, (void *)index);
	for (uintptr_t index = 0; index < COUNTERS; index++)
		start(count_up, (void *)index);
	for (uintptr_t index = 0; index < CREATORS; index++)
		start(create_and_join, NULL);
	for (int index = 0; index < WAITERS; index++)
		start(take_part, &seen[index]);
	start(run_rounds, NULL);
	if (!CHECK(watch(until)))
		_exit(1);
	atomic_store(&finish, 1);
	for (int index = 0; index < all_count; index++)
		CHECK(pthread_join(all[index], NULL) == 0);
	for (int index = 0; index < PAIRS; index++)
		CHECK(pairs[index].steps[0] == pairs[index].steps[1]);
	for (int index = 0; index < COUNTERS; index++)
		sum += counted[index];
	CHECK(sum == counter);
	CHECK(atomic_load(&born) == atomic_load(&died));
	CHECK(atomic_load(&refused) == 0);
	for (int index = 0; index < WAITERS; index++)
		CHECK(seen[index] == round_number);
	return check_done("thread-stress");
}
