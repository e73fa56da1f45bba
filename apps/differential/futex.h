/*
 * The futex calls as the kernel has them, under the names of Linux's uapi header, which musl-gcc does not find.
 */
#ifndef DIFFER_FUTEX_H
#define DIFFER_FUTEX_H

#include "differ.h"
#include <pthread.h>

enum {
	FUTEX_WAIT = 0,
	FUTEX_WAKE = 1,
	FUTEX_FD = 2,
	FUTEX_REQUEUE = 3,
	FUTEX_CMP_REQUEUE = 4,
	FUTEX_WAKE_OP = 5,
	FUTEX_LOCK_PI = 6,
	FUTEX_UNLOCK_PI = 7,
	FUTEX_TRYLOCK_PI = 8,
	FUTEX_WAIT_BITSET = 9,
	FUTEX_WAKE_BITSET = 10,
	FUTEX_WAIT_REQUEUE_PI = 11,
	FUTEX_CMP_REQUEUE_PI = 12,
	FUTEX_LOCK_PI2 = 13,
	FUTEX_PRIVATE_FLAG = 128,
	FUTEX_CLOCK_REALTIME = 256,
};

#define FUTEX_WAITERS 0x80000000u
#define FUTEX_OWNER_DIED 0x40000000u
#define FUTEX_TID_MASK 0x3fffffffu
#define FUTEX_BITSET_MATCH_ANY 0xffffffffu

/* FUTEX_WAKE_OP's third value. */
enum { OP_SET, OP_ADD, OP_OR, OP_ANDN, OP_XOR, OP_ARG_SHIFT = 8 };
enum { CMP_EQ, CMP_NE, CMP_LT, CMP_LE, CMP_GT, CMP_GE };
#define WAKE_OP(op, argument, cmp, against)                                                                                \
	((((op) & 0xf) << 28) | (((cmp) & 0xf) << 24) | (((argument) & 0xfff) << 12) | ((against) & 0xfff))

typedef _Atomic(uint32_t) futex_word;

/* The fourth argument is a time or a count, as the operation wants. */
static inline long futex(futex_word *word, int op, uint32_t value, uintptr_t fourth, futex_word *second, uint32_t third)
{
	return syscall(SYS_futex, word, op, value, fourth, second, third);
}

static inline long futex_wait(futex_word *word, uint32_t value, const struct timespec *timeout)
{
	return futex(word, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, value, (uintptr_t)timeout, NULL, 0);
}

static inline long futex_wake(futex_word *word, uint32_t count)
{
	return futex(word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, count, 0, NULL, 0);
}

/* Threads that wait for a word of value 0, and count themselves when they have been woken. */
struct waiter {
	pthread_t thread;
	futex_word *word;
	int op;
	uint32_t bits;
	long result;
	atomic_int woken;
};

static inline void *waiter_run(void *argument)
{
	struct waiter *waiter = argument;

	waiter->result = futex(waiter->word, waiter->op, 0, 0, NULL, waiter->bits);
	atomic_store(&waiter->woken, 1);
	return NULL;
}

static inline void waiter_start(struct waiter *waiter, futex_word *word, int op, uint32_t bits)
{
	waiter->word = word;
	waiter->op = op;
	waiter->bits = bits;
	atomic_store(&waiter->woken, 0);
	NEED(pthread_create(&waiter->thread, NULL, waiter_run, waiter) == 0);
}

/* How many wait for a word can only be asked by moving them from it to itself, which wakes nobody. */
static inline long waiting_count(futex_word *word, int flags)
{
	return futex(word, FUTEX_CMP_REQUEUE | flags, 0, INT_MAX, word, atomic_load(word));
}

static inline void await_waiters(futex_word *word, int flags, long count)
{
	WAIT_UNTIL(waiting_count(word, flags) == count);
}

static inline int woken_count(struct waiter *waiters, int count)
{
	int woken = 0;

	for (int index = 0; index < count; index++)
		woken += atomic_load(&waiters[index].woken);
	return woken;
}

static inline void join_waiters(struct waiter *waiters, int count)
{
	for (int index = 0; index < count; index++)
		pthread_join(waiters[index].thread, NULL);
}

#endif
