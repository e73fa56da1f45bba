/*
 * Threads that map, touch, protect, move, discard and unmap memory at the same time, with checked contents: memory-stress [THREADS [ROUNDS]].
 * Half of a round is on memory of their own, half on pages that all touch first at the same moment. At the end no page is missing.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <unistd.h>
#include "check.h"

#define PAGE 4096ul
#define MIB (1024ul * 1024)
#define SHARED_BYTES (6 * MIB)
#define MOST_THREADS 64

static unsigned thread_count = 4;
static unsigned round_count = 12;
static pthread_barrier_t barrier;
static char *shared;
static unsigned long wrong[MOST_THREADS];

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

static void fill(char *area, size_t pages, uint64_t tag)
{
	for (size_t page = 0; page < pages; page++)
		*(uint64_t *)(area + page * PAGE + 8 * (tag & 15)) = tag + page;
}

static int is_filled(const char *area, size_t pages, uint64_t tag, size_t first)
{
	for (size_t page = 0; page < pages; page++)
		if (*(const uint64_t *)(area + page * PAGE + 8 * (tag & 15)) != tag + first + page)
			return 0;
	return 1;
}

#define HOLDS(condition) (wrong[index] += !(condition))

static void own_memory(unsigned index, uint32_t *random)
{
	size_t pages = next_random(random) % 4 == 0 ? 512 + next_random(random) % 1100 : 4 + next_random(random) % 60;
	size_t half = pages / 2;
	uint64_t tag = ((uint64_t)index << 32) | (next_random(random) & 0xffff0);
	char *area = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *moved;

	if (area == MAP_FAILED) {
		wrong[index]++;
		return;
	}
	fill(area, pages, tag);
	HOLDS(is_filled(area, pages, tag, 0));
	HOLDS(mprotect(area, half * PAGE, PROT_READ) == 0);
	HOLDS(is_filled(area, pages, tag, 0));
	HOLDS(mprotect(area, half * PAGE, PROT_READ | PROT_WRITE) == 0);
	moved = mremap(area, pages * PAGE, (pages + 7) * PAGE, MREMAP_MAYMOVE);
	if (moved == MAP_FAILED) {
		wrong[index]++;
		return;
	}
	HOLDS(is_filled(moved, pages, tag, 0));
	HOLDS(*(uint64_t *)(moved + (pages + 3) * PAGE) == 0);
	HOLDS(madvise(moved, half * PAGE, MADV_DONTNEED) == 0);
	for (size_t page = 0; page < half; page++)
		HOLDS(*(uint64_t *)(moved + page * PAGE + 8 * (tag & 15)) == 0);
	HOLDS(is_filled(moved + half * PAGE, pages - half, tag, half));
	/* In three parts, the middle first; the hole may be another thread's at once. */
	HOLDS(munmap(moved + PAGE, half * PAGE) == 0);
	HOLDS(munmap(moved, PAGE) == 0);
	HOLDS(munmap(moved + (half + 1) * PAGE, (pages - half + 6) * PAGE) == 0);
}

/* All threads touch the same fresh pages; each has a word of its own in every page. */
static void common_memory(unsigned index, unsigned round)
{
	pthread_barrier_wait(&barrier);
	for (size_t at = 0; at < SHARED_BYTES; at += PAGE) {
		uint64_t *words = (uint64_t *)(shared + at);
		HOLDS(words[index] == 0);
		words[index] = round + at + index + 1;
	}
	pthread_barrier_wait(&barrier);
	for (size_t at = 0; at < SHARED_BYTES; at += PAGE)
		for (unsigned other = 0; other < thread_count; other++)
			HOLDS(((uint64_t *)(shared + at))[other] == round + at + other + 1);
	pthread_barrier_wait(&barrier);
	if (index == round % thread_count)
		HOLDS(madvise(shared, SHARED_BYTES, MADV_DONTNEED) == 0);
}

static void *work(void *argument)
{
	unsigned index = (unsigned)(uintptr_t)argument;
	uint32_t random = index + 1;

	for (unsigned round = 0; round < round_count; round++) {
		for (int turn = 0; turn < 4; turn++)
			own_memory(index, &random);
		common_memory(index, round);
	}
	return NULL;
}

static void run_threads(void)
{
	pthread_t threads[MOST_THREADS];

	for (unsigned index = 0; index < thread_count; index++)
		CHECK_EQ(pthread_create(&threads[index], NULL, work, (void *)(uintptr_t)index), 0);
	for (unsigned index = 0; index < thread_count; index++)
		CHECK_EQ(pthread_join(threads[index], NULL), 0);
}

static size_t free_memory(void)
{
	struct sysinfo info;

	return sysinfo(&info) == 0 ? info.freeram * info.mem_unit : 0;
}

int main(int argc, char **argv)
{
	size_t before, after;

	if (argc > 1)
		thread_count = (unsigned)atoi(argv[1]);
	if (argc > 2)
		round_count = (unsigned)atoi(argv[2]);
	if (thread_count < 1 || thread_count > MOST_THREADS)
		return 2;
	pthread_barrier_init(&barrier, NULL, thread_count);
	shared = mmap(NULL, SHARED_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(shared != MAP_FAILED);
	run_threads();
	before = free_memory();
	run_threads();
	after = free_memory();
	/* Stacks of ended threads, page tables and libc's caches come and go; pages of the rounds would be many more. */
	if (in_hermitcore())
		CHECK(after + MIB >= before);
	for (unsigned index = 0; index < thread_count; index++)
		CHECK_EQ(wrong[index], 0);
	return check_done("memory-stress");
}
