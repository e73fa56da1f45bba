/* FUTEX_LOCK_PI with others: the waiters' bit, a time limit, hand-over to a waiter, trying. */
// cpus: 1 2
#include "futex.h"

static futex_word word;
static atomic_int step;

static void *contend(void *argument)
{
	uint32_t self = (uint32_t)syscall(SYS_gettid);
	struct timespec soon = in_ms(CLOCK_REALTIME, 20), past = {.tv_sec = 1};

	CALL(futex(&word, FUTEX_TRYLOCK_PI | FUTEX_PRIVATE_FLAG, 0, 0, NULL, 0));
	CALL(futex(&word, FUTEX_LOCK_PI | FUTEX_PRIVATE_FLAG, 0, (uintptr_t)&past, NULL, 0));
	CALL(futex(&word, FUTEX_LOCK_PI | FUTEX_PRIVATE_FLAG, 0, (uintptr_t)&soon, NULL, 0));
	CALL(futex(&word, FUTEX_UNLOCK_PI | FUTEX_PRIVATE_FLAG, 0, 0, NULL, 0));
	atomic_store(&step, 1);
	CALL(futex(&word, FUTEX_LOCK_PI | FUTEX_PRIVATE_FLAG, 0, 0, NULL, 0));
	HOLDS((atomic_load(&word) & FUTEX_TID_MASK) == self);
	CALL(futex(&word, FUTEX_UNLOCK_PI | FUTEX_PRIVATE_FLAG, 0, 0, NULL, 0));
	return argument;
}

int main(void)
{
	pthread_t thread;
	uint32_t self = (uint32_t)syscall(SYS_gettid);

	NEED(futex(&word, FUTEX_LOCK_PI | FUTEX_PRIVATE_FLAG, 0, 0, NULL, 0) == 0);
	NEED(pthread_create(&thread, NULL, contend, NULL) == 0);
	WAIT_UNTIL(atomic_load(&step) == 1);
	WAIT_UNTIL(atomic_load(&word) == (self | FUTEX_WAITERS));
	pause_ms(5);
	NEED(futex(&word, FUTEX_UNLOCK_PI | FUTEX_PRIVATE_FLAG, 0, 0, NULL, 0) == 0);
	pthread_join(thread, NULL);
	HOLDS((atomic_load(&word) & FUTEX_TID_MASK) == 0);
	return 0;
}
