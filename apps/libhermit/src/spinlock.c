/*
 * Ticket locks with an owner, so that the owner may lock again. On a system with more threads than processors the one whose
 * turn it is may not be running: whoever has spun for a while lets others run.
 */
#include "internal.h"

#include <stdlib.h>

struct spinlock {
	uint32_t queue;
	uint32_t dequeue;
	tid_t owner;
	uint32_t depth;
};

/* A hand-over takes less; the next in the queue may not be running, and lets nobody before it. */
#define SPINS_BEFORE_YIELD 100

int sys_spinlock_init(struct spinlock **lock)
{
	if (lock == NULL)
		return -EINVAL;
	*lock = calloc(1, sizeof(**lock));
	return *lock == NULL ? -ENOMEM : 0;
}

int sys_spinlock_destroy(struct spinlock *lock)
{
	if (lock == NULL)
		return -EINVAL;
	free(lock);
	return 0;
}

int sys_spinlock_lock(struct spinlock *lock)
{
	tid_t self = sys_getpid();
	uint32_t ticket, spins = 0;

	if (lock == NULL)
		return -EINVAL;
	/* Only this thread ever writes its own id there. */
	if (__atomic_load_n(&lock->owner, __ATOMIC_RELAXED) == self) {
		lock->depth++;
		return 0;
	}
	ticket = __atomic_fetch_add(&lock->queue, 1, __ATOMIC_RELAXED);
	while (__atomic_load_n(&lock->dequeue, __ATOMIC_ACQUIRE) != ticket) {
		if (++spins % SPINS_BEFORE_YIELD == 0)
			sys_yield();
		else
			relax();
	}
	__atomic_store_n(&lock->owner, self, __ATOMIC_RELAXED);
	lock->depth = 1;
	return 0;
}

int sys_spinlock_unlock(struct spinlock *lock)
{
	if (lock == NULL || __atomic_load_n(&lock->owner, __ATOMIC_RELAXED) != sys_getpid())
		return -EINVAL;
	if (--lock->depth == 0) {
		__atomic_store_n(&lock->owner, 0, __ATOMIC_RELAXED);
		__atomic_store_n(&lock->dequeue, lock->dequeue + 1, __ATOMIC_RELEASE);
	}
	return 0;
}
