/*
 * What the stress programs share: rounds until the time is over, checks, and the accounts at the end.
 *
 *     PROGRAM SECONDS [SEED]      prints one line and ends with 0, or says what is wrong and ends with 1
 *
 * A program gives one function, a round: it makes its threads, lets them do a fixed amount of work, joins them and compares its
 * counters. A lost wake-up shows as a round that never ends, so whoever starts a program gives it a time limit. After the
 * warm-up rounds (caches of the C library and of the kernel fill) the free memory and the number of threads are taken down,
 * and at the end compared. sysinfo(2) speaks of the whole machine: on Linux others use memory too, so there only the guest's own
 * accounts (an `uname` that says so) are compared.
 */
#ifndef STRESS_H
#define STRESS_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

enum {
	THREADS = 8,
	WARM_UP_ROUNDS = 2,
	/* Caches of 8 processors for frames and heap blocks, and blocks that a finished thread leaves in the C library. */
	SLACK_BYTES = 6 << 20,
	SETTLE_SECONDS = 10,
};

/* As <linux/futex.h> has them, which musl's compiler does not find. */
enum {
	FUTEX_WAIT = 0,
	FUTEX_WAKE = 1,
	FUTEX_CMP_REQUEUE = 4,
	FUTEX_LOCK_PI = 6,
	FUTEX_UNLOCK_PI = 7,
	FUTEX_WAIT_BITSET = 9,
	FUTEX_WAKE_BITSET = 10,
	FUTEX_PRIVATE_FLAG = 128,
	FUTEX_TID_MASK = 0x3fffffff,
};

#define FAIL(...)                                                     \
	do {                                                          \
		fprintf(stderr, "%s:%d: ", __FILE__, __LINE__);       \
		fprintf(stderr, __VA_ARGS__);                         \
		fputc('\n', stderr);                                  \
		_exit(1);                                             \
	} while (0)

#define NEED(condition)                                               \
	do {                                                          \
		if (!(condition))                                     \
			FAIL("%s does not hold (errno %d)", #condition, errno); \
	} while (0)

#define NEED_EQUAL(left, right)                                       \
	do {                                                          \
		long long left_ = (long long)(left), right_ = (long long)(right); \
		if (left_ != right_)                                  \
			FAIL("%s is %lld, %s is %lld", #left, left_, #right, right_); \
	} while (0)

static inline uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Random numbers of one thread (xorshift64*). */
struct random {
	uint64_t state;
};

static uint64_t stress_seed = 1;

static inline struct random random_of(uint64_t round, uint64_t thread)
{
	return (struct random){ (stress_seed * 1000003u + round) * 0x9e3779b97f4a7c15u + thread * 0x632be59bd9b4e019u + 1 };
}

static inline uint32_t random_below(struct random *random, uint32_t limit)
{
	random->state ^= random->state >> 12;
	random->state ^= random->state << 25;
	random->state ^= random->state >> 27;
	return (uint32_t)((random->state * 0x2545f4914f6cdd1du) >> 33) % limit;
}

/* One of the threads of a round. */
struct worker {
	pthread_t thread;
	unsigned index;
	struct random random;
};

typedef void *worker_main(void *worker);

static inline void start_workers(struct worker *workers, unsigned count, uint64_t round, worker_main *body)
{
	for (unsigned index = 0; index < count; index++) {
		workers[index].index = index;
		workers[index].random = random_of(round, index);
		int error = pthread_create(&workers[index].thread, NULL, body, &workers[index]);
		if (error != 0)
			FAIL("pthread_create answers %s", strerror(error));
	}
}

static inline void join_workers(struct worker *workers, unsigned count)
{
	for (unsigned index = 0; index < count; index++)
		NEED_EQUAL(pthread_join(workers[index].thread, NULL), 0);
}

static inline void run_workers(uint64_t round, worker_main *body)
{
	struct worker workers[THREADS];

	start_workers(workers, THREADS, round, body);
	join_workers(workers, THREADS);
}

struct account {
	uint64_t free_bytes;
	unsigned threads;
};

static inline struct account take_account(void)
{
	struct sysinfo info;

	NEED_EQUAL(sysinfo(&info), 0);
	return (struct account){ (uint64_t)info.freeram * info.mem_unit, info.procs };
}

static inline int is_own_machine(void)
{
	struct utsname name;

	return uname(&name) == 0 && strstr(name.version, "HermitCore") != NULL;
}

/* Threads that have been joined may still be on their way out, and memory on its way back. */
static inline void compare_accounts(struct account before)
{
	uint64_t deadline = now_ns() + SETTLE_SECONDS * 1000000000ull;
	struct account after;

	do {
		after = take_account();
		if (after.threads <= before.threads && after.free_bytes + SLACK_BYTES >= before.free_bytes)
			return;
		usleep(10000);
	} while (now_ns() < deadline);
	NEED_EQUAL(after.threads, before.threads);
	FAIL("%llu KiB of memory are lost", (unsigned long long)(before.free_bytes - after.free_bytes) >> 10);
}

static inline int stress(int argc, char **argv, void (*round)(uint64_t number))
{
	uint64_t number = 0;
	struct account before;

	if (argc < 2 || argc > 3) {
		fprintf(stderr, "usage: %s SECONDS [SEED]\n", argv[0]);
		return 2;
	}
	if (argc == 3)
		stress_seed = strtoull(argv[2], NULL, 0);
	while (number < WARM_UP_ROUNDS)
		round(number++);
	before = take_account();
	uint64_t deadline = now_ns() + strtoull(argv[1], NULL, 0) * 1000000000ull;
	do
		round(number++);
	while (now_ns() < deadline);
	if (is_own_machine())
		compare_accounts(before);
	printf("%llu rounds, every count agrees\n", (unsigned long long)number);
	return 0;
}

#endif
