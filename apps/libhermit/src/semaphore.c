/*
 * Counting semaphores on futexes. One 64-bit word holds the count (low half, which is the futex word) and how many threads wait
 * (high half): whoever posts learns in the same instant whether there is somebody to wake, and does not look at the
 * semaphore again, so the thread that it wakes may destroy it. A post between a waiter's look and its sleep is not lost: the
 * kernel compares the count again.
 */
#include "internal.h"

#include <linux/futex.h>
#include <stdlib.h>
#include <time.h>

struct sem {
	uint64_t state;
};

#define SEM_VALUE_LIMIT 0x7fffffffu
#define ONE_WAITER (UINT64_C(1) << 32)

static uint32_t value_of(uint64_t state)
{
	return (uint32_t)state;
}

/* Takes one if there is one; `leaving`: ONE_WAITER from a thread that was counted among the waiters, 0 from another. */
static int take(struct sem *sem, uint64_t leaving)
{
	uint64_t state = __atomic_load_n(&sem->state, __ATOMIC_RELAXED);

	while (value_of(state) > 0)
		if (__atomic_compare_exchange_n(&sem->state, &state, state - 1 - leaving, 0, __ATOMIC_ACQUIRE,
						__ATOMIC_RELAXED))
			return 1;
	return 0;
}

/* FUTEX_WAIT_BITSET takes an absolute time on the monotonic clock. */
static int sleep_while_zero(struct sem *sem, const struct timespec *deadline)
{
	long answer = syscall(SYS_futex, &sem->state, FUTEX_WAIT_BITSET_PRIVATE, 0, deadline, NULL, FUTEX_BITSET_MATCH_ANY);

	return answer == 0 || errno == EAGAIN || errno == EINTR ? 0 : errno;
}

static int wait_until(struct sem *sem, const struct timespec *deadline)
{
	int problem = 0;

	if (take(sem, 0))
		return 0;
	__atomic_add_fetch(&sem->state, ONE_WAITER, __ATOMIC_RELAXED);
	for (;;) {
		if (take(sem, ONE_WAITER))
			return 0;
		if (problem != 0) {
			__atomic_sub_fetch(&sem->state, ONE_WAITER, __ATOMIC_RELAXED);
			return problem == ETIMEDOUT ? -ETIME : -problem;
		}
		problem = sleep_while_zero(sem, deadline);
	}
}

int sys_sem_init(struct sem **sem, unsigned int value)
{
	if (sem == NULL || value > SEM_VALUE_LIMIT)
		return -EINVAL;
	*sem = calloc(1, sizeof(**sem));
	if (*sem == NULL)
		return -ENOMEM;
	(*sem)->state = value;
	return 0;
}

int sys_sem_destroy(struct sem *sem)
{
	if (sem == NULL)
		return -EINVAL;
	free(sem);
	return 0;
}

int sys_sem_wait(struct sem *sem)
{
	return sem == NULL ? -EINVAL : wait_until(sem, NULL);
}

int sys_sem_trywait(struct sem *sem)
{
	if (sem == NULL)
		return -EINVAL;
	return take(sem, 0) ? 0 : -ECANCELED;
}

int sys_sem_post(struct sem *sem)
{
	uint64_t state;

	if (sem == NULL)
		return -EINVAL;
	state = __atomic_load_n(&sem->state, __ATOMIC_RELAXED);
	do {
		if (value_of(state) >= SEM_VALUE_LIMIT)
			return -EOVERFLOW;
	} while (!__atomic_compare_exchange_n(&sem->state, &state, state + 1, 0, __ATOMIC_RELEASE, __ATOMIC_RELAXED));
	if (state >= ONE_WAITER)
		syscall(SYS_futex, &sem->state, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
	return 0;
}

int sys_sem_timedwait(struct sem *sem, unsigned int ms)
{
	struct timespec deadline;

	if (sem == NULL)
		return -EINVAL;
	if (ms == 0)
		return wait_until(sem, NULL);
	clock_gettime(CLOCK_MONOTONIC, &deadline);
	deadline.tv_sec += ms / 1000;
	deadline.tv_nsec += (long)(ms % 1000) * 1000000;
	if (deadline.tv_nsec >= 1000000000) {
		deadline.tv_sec++;
		deadline.tv_nsec -= 1000000000;
	}
	return wait_until(sem, &deadline);
}

/* In a thread library this is the wait that a cancellation may end; here a thread is cancelled at any wait. */
int sys_sem_cancelablewait(struct sem *sem, unsigned int ms)
{
	return sys_sem_timedwait(sem, ms);
}
