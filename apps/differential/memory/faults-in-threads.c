/* All threads touch fresh pages of one mapping at once; each page is zeroed once and keeps everybody's writes. */
// cpus: 1 2 4
#include "differ.h"
#include <pthread.h>

enum { THREADS = 4, PAGES = 600 };

static unsigned char *area;
static pthread_barrier_t barrier;

static void *touch(void *argument)
{
	long self = (long)argument;

	for (int page = 0; page < PAGES; page++) {
		if (page % 100 == 0)
			pthread_barrier_wait(&barrier);
		area[(size_t)page * PAGE + (size_t)self] = (unsigned char)(self + 1);
	}
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];
	int wrong = 0;

	pthread_barrier_init(&barrier, NULL, THREADS);
	area = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	NEED(area != MAP_FAILED);
	for (long index = 0; index < THREADS; index++)
		NEED(pthread_create(&threads[index], NULL, touch, (void *)index) == 0);
	for (int index = 0; index < THREADS; index++)
		pthread_join(threads[index], NULL);
	for (int page = 0; page < PAGES; page++)
		for (int index = 0; index < THREADS + 4; index++)
			wrong += area[(size_t)page * PAGE + (size_t)index] != (index < THREADS ? index + 1 : 0);
	SHOW(wrong);
	return 0;
}
