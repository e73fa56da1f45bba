/* Memory without large pages that is touched from one end to the other, given back and asked for again: it is gone, and new memory is zero. */
// cpus: 1 2
#include <pthread.h>
#include "differ.h"

#define SIZE (16 * MIB)

static char *map_small(void)
{
	char *area = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	NEED(area != MAP_FAILED);
	NEED(madvise(area, SIZE, MADV_NOHUGEPAGE) == 0);
	return area;
}

/* Pages whose first or last word is not zero; each gets the mark in both. */
static long fill(char *area, size_t from, size_t to, long mark)
{
	long dirty = 0;

	for (size_t page = from; page < to; page += PAGE) {
		long *first = (long *)(area + page), *last = (long *)(area + page + PAGE) - 1;
		dirty += *first != 0 || *last != 0;
		*first = *last = mark;
	}
	return dirty;
}

static size_t resident(char *area)
{
	static unsigned char state[SIZE / PAGE];
	size_t count = 0;

	NEED(mincore(area, SIZE, state) == 0);
	for (size_t page = 0; page < SIZE / PAGE; page++)
		count += state[page] & 1;
	return count;
}

static void *fill_other(void *area)
{
	return (void *)fill(area, SIZE / 2, SIZE, 3);
}

int main(void)
{
	char *area = map_small();
	pthread_t thread;
	void *dirty;

	for (int round = 1; round <= 5; round++) {
		SHOW(fill(area, 0, SIZE, round));
		HOLDS(resident(area) == SIZE / PAGE);
		NEED(munmap(area, SIZE) == 0);
		READING(area);
		READING(area + SIZE / 2);
		WRITING(area + SIZE - PAGE);
		area = map_small();
	}
	SHOW(fill(area, 0, SIZE, 1));
	CALL(madvise(area, SIZE, MADV_DONTNEED));
	HOLDS(resident(area) == 0);
	SHOW(fill(area, 0, SIZE, 1));

	char *block = (char *)(((uintptr_t)area + 6 * MIB) & ~(2 * MIB - 1));
	CALL(mprotect(block, 2 * MIB, PROT_READ));
	WRITING(block + MIB);
	CALL(munmap(block, 2 * MIB));
	READING(block + MIB);
	SHOW(block[-1] + block[-8] + block[2 * MIB]);
	CALL(munmap(block + 3 * MIB, PAGE));
	READING(block + 3 * MIB);
	SHOW(block[3 * MIB - 8] + block[3 * MIB + PAGE]);
	NEED(munmap(area, SIZE) == 0);

	/* Two threads, each from its own beginning. */
	area = map_small();
	NEED(pthread_create(&thread, NULL, fill_other, area) == 0);
	SHOW(fill(area, 0, SIZE / 2, 2));
	NEED(pthread_join(thread, &dirty) == 0);
	SHOW((long)dirty);
	HOLDS(resident(area) == SIZE / PAGE);
	NEED(munmap(area, SIZE) == 0);
	READING(area + SIZE / 2);
	return 0;
}
