/* Threads that make threads: joined, detached, ended by pthread_exit, with data of their own; as many end as begin. */
#include "stress.h"

enum { CHILDREN = 24, SMALL_STACK = 64 << 10, KEYS = 3 };

static _Thread_local unsigned long own[16];
static pthread_key_t keys[KEYS];
static _Atomic unsigned long begun, ended, destroyed;
/* Detached threads that have not said good-bye; the last one wakes whoever waits. */
static _Atomic uint32_t detached_alive;

static void count_destroyed(void *value)
{
	(void)value;
	atomic_fetch_add(&destroyed, 1);
}

static void use_own_data(unsigned long value)
{
	for (int index = 0; index < 16; index++) {
		NEED_EQUAL(own[index], 0);
		own[index] = value + (unsigned long)index;
	}
	for (int index = 0; index < KEYS; index++)
		NEED_EQUAL(pthread_setspecific(keys[index], &own[index]), 0);
	sched_yield();
	for (int index = 0; index < 16; index++)
		NEED_EQUAL(own[index], value + (unsigned long)index);
}

static void *joined_child(void *argument)
{
	atomic_fetch_add(&begun, 1);
	use_own_data((unsigned long)argument);
	atomic_fetch_add(&ended, 1);
	if ((unsigned long)argument % 3 == 0)
		pthread_exit((char *)argument + 7);
	return (char *)argument + 7;
}

static void *detached_child(void *argument)
{
	atomic_fetch_add(&begun, 1);
	use_own_data((unsigned long)argument);
	atomic_fetch_add(&ended, 1);
	if (atomic_fetch_sub(&detached_alive, 1) == 1)
		syscall(SYS_futex, &detached_alive, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, INT_MAX, NULL, NULL, 0);
	return NULL;
}

static pthread_t make(void *body(void *), unsigned long argument, int is_detached)
{
	pthread_attr_t attributes;
	pthread_t thread;
	int error;

	NEED_EQUAL(pthread_attr_init(&attributes), 0);
	NEED_EQUAL(pthread_attr_setstacksize(&attributes, SMALL_STACK), 0);
	if (is_detached)
		NEED_EQUAL(pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED), 0);
	/* Too many at once is no fault of the kernel: those that end make room. */
	while ((error = pthread_create(&thread, &attributes, body, (void *)argument)) == EAGAIN)
		sched_yield();
	NEED_EQUAL(error, 0);
	NEED_EQUAL(pthread_attr_destroy(&attributes), 0);
	return thread;
}

static void *parent(void *argument)
{
	struct worker *self = argument;
	pthread_t open[4] = { 0 };
	unsigned long values[4], count = 0;

	for (unsigned child = 0; child < CHILDREN; child++) {
		unsigned long value = self->index * 1000 + child;
		if (random_below(&self->random, 3) == 0) {
			atomic_fetch_add(&detached_alive, 1);
			make(detached_child, value, 1);
			continue;
		}
		values[count] = value;
		open[count++] = make(joined_child, value, 0);
		if (count == 4 || random_below(&self->random, 2) == 0) {
			for (; count > 0; count--) {
				void *result;
				NEED_EQUAL(pthread_join(open[count - 1], &result), 0);
				NEED_EQUAL((unsigned long)result, values[count - 1] + 7);
			}
		}
	}
	for (; count > 0; count--)
		NEED_EQUAL(pthread_join(open[count - 1], NULL), 0);
	return NULL;
}

static void round_of_threads(uint64_t round)
{
	uint32_t alive;

	begun = ended = destroyed = 0;
	run_workers(round, parent);
	while ((alive = atomic_load(&detached_alive)) != 0)
		syscall(SYS_futex, &detached_alive, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, alive, NULL, NULL, 0);
	NEED_EQUAL(begun, THREADS * CHILDREN);
	NEED_EQUAL(ended, THREADS * CHILDREN);
	/* Detached threads destroy their data after their good-bye. */
	while (atomic_load(&destroyed) < THREADS * CHILDREN * KEYS)
		sched_yield();
	NEED_EQUAL(destroyed, THREADS * CHILDREN * KEYS);
}

int main(int argc, char **argv)
{
	for (int index = 0; index < KEYS; index++)
		NEED_EQUAL(pthread_key_create(&keys[index], count_destroyed), 0);
	return stress(argc, argv, round_of_threads);
}
