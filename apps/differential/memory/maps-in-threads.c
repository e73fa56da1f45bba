/*
 * Threads map, use and unmap all the time; nobody's pages are given to another. Not too often: each unmapping waits until the host has run
 * all processors of the guest, which takes 40 ms where it has few of its own and much to do.
 */
// cpus: 1 2 4
#include "differ.h"
#include <pthread.h>

static atomic_int wrong;

static void *churn(void *argument)
{
	unsigned char mark = (unsigned char)(long)argument;

	for (int round = 0; round < 60; round++) {
		size_t pages = 1 + (size_t)round % 7, size = pages * PAGE;
		unsigned char *area = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (area == MAP_FAILED) {
			atomic_fetch_add(&wrong, 1);
			continue;
		}
		for (size_t offset = 0; offset < size; offset += 64) {
			if (area[offset] != 0)
				atomic_fetch_add(&wrong, 1);
			area[offset] = mark;
		}
		for (size_t offset = 0; offset < size; offset += 64)
			if (area[offset] != mark)
				atomic_fetch_add(&wrong, 1);
		munmap(area, size);
	}
	return NULL;
}

int main(void)
{
	pthread_t threads[4];

	for (long index = 0; index < 4; index++)
		NEED(pthread_create(&threads[index], NULL, churn, (void *)(index + 1)) == 0);
	for (int index = 0; index < 4; index++)
		pthread_join(threads[index], NULL);
	SHOW(atomic_load(&wrong));
	return 0;
}
