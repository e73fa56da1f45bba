/* FUTEX_WAIT_REQUEUE_PI and FUTEX_CMP_REQUEUE_PI: a condition variable's waiters move on to its mutex. */
// cpus: 1 2
#include "futex.h"

static futex_word condition, mutex;
static atomic_int results[2], owned[2];

static void *wait_for_it(void *argument)
{
	long index = (long)argument;

	results[index] = (int)futex(&condition, FUTEX_WAIT_REQUEUE_PI | FUTEX_PRIVATE_FLAG, 0, 0, &mutex, 0);
	owned[index] = (atomic_load(&mutex) & FUTEX_TID_MASK) == (uint32_t)syscall(SYS_gettid);
	futex(&mutex, FUTEX_UNLOCK_PI | FUTEX_PRIVATE_FLAG, 0, 0, NULL, 0);
	return NULL;
}

int main(void)
{
	struct timespec past = {.tv_sec = 1};
	pthread_t threads[2];
	long moved = 0;

	CALL(futex(&condition, FUTEX_WAIT_REQUEUE_PI | FUTEX_PRIVATE_FLAG, 1, 0, &mutex, 0));
	CALL(futex(&condition, FUTEX_WAIT_REQUEUE_PI | FUTEX_PRIVATE_FLAG, 0, (uintptr_t)&past, &mutex, 0));
	CALL(futex(&condition, FUTEX_WAIT_REQUEUE_PI | FUTEX_PRIVATE_FLAG, 0, 0, &condition, 0));
	CALL(futex(&condition, FUTEX_CMP_REQUEUE_PI | FUTEX_PRIVATE_FLAG, 1, 1, &mutex, 9));
	CALL(futex(&condition, FUTEX_CMP_REQUEUE_PI | FUTEX_PRIVATE_FLAG, 2, 1, &mutex, 0));
	NEED(futex(&mutex, FUTEX_LOCK_PI | FUTEX_PRIVATE_FLAG, 0, 0, NULL, 0) == 0);
	for (long index = 0; index < 2; index++)
		NEED(pthread_create(&threads[index], NULL, wait_for_it, (void *)index) == 0);
	while (moved < 2) {
		long more = futex(&condition, FUTEX_CMP_REQUEUE_PI | FUTEX_PRIVATE_FLAG, 1, INT_MAX, &mutex, 0);
		NEED(more >= 0);
		moved += more;
		sched_yield();
	}
	SHOW(moved);
	CALL(futex(&mutex, FUTEX_UNLOCK_PI | FUTEX_PRIVATE_FLAG, 0, 0, NULL, 0));
	for (int index = 0; index < 2; index++)
		pthread_join(threads[index], NULL);
	SHOW(results[0] + results[1]);
	SHOW(owned[0] + owned[1]);
	return 0;
}
