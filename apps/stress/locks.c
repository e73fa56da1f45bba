/* Mutexes, condition variables, barriers, semaphores and reader-writer locks of the C library, all waiting in futexes: no increment, no
 * item and no token is lost. */
#include "stress.h"
#include <semaphore.h>

enum { INCREMENTS = 200, ITEMS = 120, QUEUE_PLACES = 3, BARRIER_ROUNDS = 20, TURNS = 10, READ_WRITES = 60 };

static pthread_mutex_t counter_lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned long counter;

static void *increment(void *argument)
{
	struct worker *self = argument;

	for (int step = 0; step < INCREMENTS; step++) {
		if (random_below(&self->random, 8) == 0) {
			struct timespec until;
			clock_gettime(CLOCK_REALTIME, &until);
			until.tv_sec += 60;
			NEED_EQUAL(pthread_mutex_timedlock(&counter_lock, &until), 0);
		} else {
			NEED_EQUAL(pthread_mutex_lock(&counter_lock), 0);
		}
		unsigned long seen = counter;
		if (random_below(&self->random, 16) == 0)
			sched_yield();
		counter = seen + 1;
		NEED_EQUAL(pthread_mutex_unlock(&counter_lock), 0);
	}
	return NULL;
}

static struct {
	pthread_mutex_t lock;
	pthread_cond_t has_item, has_place;
	unsigned items[QUEUE_PLACES], head, count;
} queue = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, PTHREAD_COND_INITIALIZER, { 0 }, 0, 0 };
static _Atomic unsigned long produced, consumed;

static void put(unsigned item)
{
	pthread_mutex_lock(&queue.lock);
	while (queue.count == QUEUE_PLACES)
		pthread_cond_wait(&queue.has_place, &queue.lock);
	queue.items[(queue.head + queue.count++) % QUEUE_PLACES] = item;
	pthread_cond_signal(&queue.has_item);
	pthread_mutex_unlock(&queue.lock);
}

static unsigned take(void)
{
	pthread_mutex_lock(&queue.lock);
	while (queue.count == 0)
		pthread_cond_wait(&queue.has_item, &queue.lock);
	unsigned item = queue.items[queue.head];
	queue.head = (queue.head + 1) % QUEUE_PLACES;
	queue.count--;
	pthread_cond_signal(&queue.has_place);
	pthread_mutex_unlock(&queue.lock);
	return item;
}

/* Every second thread puts as many items as the other takes. */
static void *produce_or_consume(void *argument)
{
	struct worker *self = argument;

	for (int step = 0; step < ITEMS; step++) {
		if (self->index % 2 == 0) {
			unsigned item = random_below(&self->random, 1000);
			atomic_fetch_add(&produced, item);
			put(item);
		} else {
			atomic_fetch_add(&consumed, take());
		}
	}
	return NULL;
}

static pthread_barrier_t barrier;
static _Atomic unsigned arrived, leaders;

static void *meet(void *argument)
{
	(void)argument;
	for (unsigned step = 1; step <= BARRIER_ROUNDS; step++) {
		atomic_fetch_add(&arrived, 1);
		if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
			atomic_fetch_add(&leaders, 1);
		NEED_EQUAL(atomic_load(&arrived), step * THREADS);
		pthread_barrier_wait(&barrier);
	}
	return NULL;
}

static sem_t turns[THREADS];
static unsigned long passed;

static void *pass_token(void *argument)
{
	struct worker *self = argument;

	for (int step = 0; step < TURNS; step++) {
		while (sem_wait(&turns[self->index]) != 0)
			NEED_EQUAL(errno, EINTR);
		passed++;
		NEED_EQUAL(sem_post(&turns[(self->index + 1) % THREADS]), 0);
	}
	return NULL;
}

static pthread_rwlock_t read_write = PTHREAD_RWLOCK_INITIALIZER;
static unsigned long left_value, right_value;
static _Atomic unsigned long writes;

static void *read_or_write(void *argument)
{
	struct worker *self = argument;

	for (int step = 0; step < READ_WRITES; step++) {
		if (random_below(&self->random, 4) == 0) {
			NEED_EQUAL(pthread_rwlock_wrlock(&read_write), 0);
			left_value++;
			if (random_below(&self->random, 4) == 0)
				sched_yield();
			right_value++;
			atomic_fetch_add(&writes, 1);
		} else {
			NEED_EQUAL(pthread_rwlock_rdlock(&read_write), 0);
			NEED_EQUAL(left_value, right_value);
		}
		NEED_EQUAL(pthread_rwlock_unlock(&read_write), 0);
	}
	return NULL;
}

static void round_of_locks(uint64_t round)
{
	counter = 0;
	run_workers(round, increment);
	NEED_EQUAL(counter, THREADS * INCREMENTS);

	run_workers(round, produce_or_consume);
	NEED_EQUAL(produced, consumed);
	NEED_EQUAL(queue.count, 0);

	arrived = leaders = 0;
	NEED_EQUAL(pthread_barrier_init(&barrier, NULL, THREADS), 0);
	run_workers(round, meet);
	NEED_EQUAL(pthread_barrier_destroy(&barrier), 0);
	NEED(leaders >= BARRIER_ROUNDS);

	passed = 0;
	for (int index = 0; index < THREADS; index++)
		NEED_EQUAL(sem_init(&turns[index], 0, index == 0), 0);
	run_workers(round, pass_token);
	NEED_EQUAL(passed, THREADS * TURNS);

	run_workers(round, read_or_write);
	NEED_EQUAL(left_value, writes);
	NEED_EQUAL(right_value, writes);
}

int main(int argc, char **argv)
{
	return stress(argc, argv, round_of_locks);
}
