/* Tickets pass among six threads through one word: none is lost and nobody sleeps for ever. */
// cpus: 1 2 4
#include "futex.h"

enum { THREADS = 6, ROUNDS = 600 };

static futex_word turn;

static void *play(void *argument)
{
	uint32_t self = (uint32_t)(long)argument;

	for (int round = 0; round < ROUNDS; round++) {
		uint32_t seen;
		while ((seen = atomic_load(&turn)) % THREADS != self)
			futex_wait(&turn, seen, NULL);
		atomic_fetch_add(&turn, 1);
		futex_wake(&turn, INT_MAX);
	}
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];

	for (long index = 0; index < THREADS; index++)
		NEED(pthread_create(&threads[index], NULL, play, (void *)index) == 0);
	for (int index = 0; index < THREADS; index++)
		pthread_join(threads[index], NULL);
	SHOW(atomic_load(&turn));
	return 0;
}
