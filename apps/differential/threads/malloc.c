/* malloc and free from all threads, also of memory that another thread allocated. */
// libc: both
// cpus: 1 2
#include "differ.h"
#include <pthread.h>

enum { THREADS = 4, ROUNDS = 2000, SHELF = 64 };

static _Atomic(unsigned char *) shelf[SHELF];
static atomic_int wrong;

static void *work(void *argument)
{
	unsigned seed = (unsigned)(long)argument + 1;

	for (int round = 0; round < ROUNDS; round++) {
		seed = seed * 1103515245u + 12345u;
		size_t size = 1 + (seed >> 8) % 3000;
		unsigned char *block = malloc(size + 2);
		NEED(block != NULL);
		memset(block, (int)(size & 0xff), size);
		block[size] = 0;
		unsigned char *old = atomic_exchange(&shelf[(seed >> 20) % SHELF], block);
		for (size_t index = 1; old && old[index]; index++)
			if (old[index] != old[0])
				atomic_fetch_add(&wrong, 1);
		free(old);
	}
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];

	for (long index = 0; index < THREADS; index++)
		NEED(pthread_create(&threads[index], NULL, work, (void *)index) == 0);
	for (int index = 0; index < THREADS; index++)
		pthread_join(threads[index], NULL);
	SHOW(atomic_load(&wrong));
	return 0;
}
