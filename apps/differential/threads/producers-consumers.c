/* A bounded buffer between three producers and three consumers: everything arrives exactly once. */
// cpus: 1 2
#include "differ.h"
#include <pthread.h>

enum { SLOTS = 4, EACH = 500 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t not_full = PTHREAD_COND_INITIALIZER, not_empty = PTHREAD_COND_INITIALIZER;
static int slots[SLOTS], used, most_used;
static atomic_int times_seen[3 * EACH];

static void *produce(void *argument)
{
	for (int item = 0; item < EACH; item++) {
		pthread_mutex_lock(&lock);
		while (used == SLOTS)
			pthread_cond_wait(&not_full, &lock);
		slots[used++] = (int)(long)argument * EACH + item;
		most_used = used > most_used ? used : most_used;
		pthread_cond_signal(&not_empty);
		pthread_mutex_unlock(&lock);
	}
	return NULL;
}

static void *consume(void *argument)
{
	for (int count = 0; count < EACH; count++) {
		pthread_mutex_lock(&lock);
		while (used == 0)
			pthread_cond_wait(&not_empty, &lock);
		atomic_fetch_add(&times_seen[slots[--used]], 1);
		pthread_cond_signal(&not_full);
		pthread_mutex_unlock(&lock);
	}
	return argument;
}

int main(void)
{
	pthread_t threads[6];
	int exact = 0;

	for (long index = 0; index < 6; index++)
		NEED(pthread_create(&threads[index], NULL, index < 3 ? produce : consume, (void *)index) == 0);
	for (int index = 0; index < 6; index++)
		pthread_join(threads[index], NULL);
	for (int item = 0; item < 3 * EACH; item++)
		exact += times_seen[item] == 1;
	SHOW(exact);
	HOLDS(most_used <= SLOTS);
	return 0;
}
