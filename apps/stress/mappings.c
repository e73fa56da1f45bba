/* Mappings made, filled, protected, discarded, moved and unmapped by all threads at once; every page holds what was written last. */
#include "stress.h"
#include <sys/mman.h>

enum { PAGE = 4096, STEPS = 16, MOST_PAGES = 24, REGIONS = 6, SHARED_PAGES = 64, SHARED_STEPS = 4, LARGE = 4 << 20, IN_ORDER = 6 << 20, FIRST_PAGES = 5 };

struct region {
	unsigned char *start;
	unsigned pages;
	/* What the first word of page p holds is tag + p; 0: zeros. */
	unsigned long tag;
	int is_writable;
};

static unsigned long *word_of(struct region *region, unsigned page)
{
	return (unsigned long *)(region->start + (size_t)page * PAGE);
}

static void check(struct region *region)
{
	for (unsigned page = 0; page < region->pages; page++) {
		unsigned long wanted = region->tag == 0 ? 0 : region->tag + page;
		NEED_EQUAL(*word_of(region, page), wanted);
		NEED_EQUAL(word_of(region, page)[PAGE / sizeof(long) - 1], wanted);
	}
}

static void fill(struct region *region, unsigned long tag)
{
	for (unsigned page = 0; page < region->pages; page++) {
		*word_of(region, page) = tag + page;
		word_of(region, page)[PAGE / sizeof(long) - 1] = tag + page;
	}
	region->tag = tag;
}

static void map(struct region *region, struct random *random)
{
	region->pages = 1 + random_below(random, MOST_PAGES);
	region->start = mmap(NULL, (size_t)region->pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	NEED(region->start != MAP_FAILED);
	region->tag = 0;
	region->is_writable = 1;
}

static void unmap(struct region *region)
{
	/* In two parts now and then: the mapping is split. */
	size_t bytes = (size_t)region->pages * PAGE, first = region->pages / 2 * (size_t)PAGE;

	if (region->tag % 3 == 0 && first != 0) {
		NEED_EQUAL(munmap(region->start, first), 0);
		NEED_EQUAL(munmap(region->start + first, bytes - first), 0);
	} else {
		NEED_EQUAL(munmap(region->start, bytes), 0);
	}
	region->start = NULL;
}

static void resize(struct region *region, struct random *random)
{
	unsigned pages = 1 + random_below(random, MOST_PAGES), before = region->pages;
	unsigned long tag = region->tag;

	region->start = mremap(region->start, (size_t)before * PAGE, (size_t)pages * PAGE, MREMAP_MAYMOVE);
	NEED(region->start != MAP_FAILED);
	region->pages = pages < before ? pages : before;
	check(region);
	region->pages = pages;
	/* What is new is zero. */
	for (unsigned page = before; page < pages; page++)
		NEED_EQUAL(*word_of(region, page), 0);
	if (tag != 0)
		fill(region, tag);
}

static void change(struct region *region, struct random *random, unsigned long tag)
{
	size_t bytes = (size_t)region->pages * PAGE;

	check(region);
	switch (random_below(random, 6)) {
	case 0:
		unmap(region);
		break;
	case 1:
		region->is_writable = !region->is_writable;
		NEED_EQUAL(mprotect(region->start, bytes, PROT_READ | (region->is_writable ? PROT_WRITE : 0)), 0);
		check(region);
		break;
	case 2:
		NEED_EQUAL(madvise(region->start, bytes, MADV_DONTNEED), 0);
		region->tag = 0;
		check(region);
		break;
	case 3:
		if (region->is_writable)
			resize(region, random);
		break;
	default:
		if (region->is_writable)
			fill(region, tag);
		break;
	}
}

static void *use_own_mappings(void *argument)
{
	struct worker *self = argument;
	struct region regions[REGIONS] = { 0 };

	for (unsigned step = 1; step <= STEPS; step++) {
		struct region *region = &regions[random_below(&self->random, REGIONS)];
		if (region->start == NULL)
			map(region, &self->random);
		else
			change(region, &self->random, (self->index + 1) * 1000000ul + step * 1000ul);
	}
	for (int index = 0; index < REGIONS; index++) {
		if (regions[index].start != NULL) {
			check(&regions[index]);
			unmap(&regions[index]);
		}
	}
	return NULL;
}

/* One mapping for all: its pages are touched by all at once, and what one thread discards, no other still sees. */
static _Atomic unsigned long *shared;
static pthread_barrier_t barrier;

static _Atomic unsigned long *shared_word(unsigned page, unsigned index)
{
	return shared + (size_t)page * (PAGE / sizeof(long)) + index;
}

static void *use_shared_mapping(void *argument)
{
	struct worker *self = argument;

	for (unsigned step = 0; step < SHARED_STEPS; step++) {
		for (unsigned count = 0; count < SHARED_PAGES; count++) {
			unsigned page = (count + self->index * 5) % SHARED_PAGES;
			NEED_EQUAL(atomic_fetch_add(shared_word(page, self->index), step + 1), 0);
			atomic_fetch_add(shared_word(page, THREADS), 1);
		}
		pthread_barrier_wait(&barrier);
		for (unsigned page = 0; page < SHARED_PAGES; page++) {
			NEED_EQUAL(atomic_load(shared_word(page, (self->index + 1) % THREADS)), step + 1);
			NEED_EQUAL(atomic_load(shared_word(page, THREADS)), THREADS);
		}
		pthread_barrier_wait(&barrier);
		if (self->index == step % THREADS)
			NEED_EQUAL(madvise((void *)shared, SHARED_PAGES * PAGE, MADV_DONTNEED), 0);
		pthread_barrier_wait(&barrier);
		for (unsigned page = 0; page < SHARED_PAGES; page++)
			NEED_EQUAL(atomic_load(shared_word(page, self->index)), 0);
		pthread_barrier_wait(&barrier);
	}
	return NULL;
}

/* Large mappings may get large pages; one page of the middle becomes read-only and the rest is thrown away around it. */
static void *use_large_mapping(void *argument)
{
	struct worker *self = argument;
	unsigned long *words = mmap(NULL, LARGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t kept = (size_t)(1 + random_below(&self->random, LARGE / PAGE - 2)) * PAGE;
	char *start = (char *)words;

	NEED((void *)words != MAP_FAILED);
	for (size_t at = 0; at < LARGE; at += 16 * PAGE)
		*(unsigned long *)(start + at) = at + 1;
	*(unsigned long *)(start + kept) = 0xfeed + self->index;
	NEED_EQUAL(mprotect(start + kept, PAGE, PROT_READ), 0);
	NEED_EQUAL(madvise(start, kept, MADV_DONTNEED), 0);
	NEED_EQUAL(munmap(start + kept + PAGE, LARGE - kept - PAGE), 0);
	NEED_EQUAL(*(unsigned long *)(start + kept), 0xfeed + self->index);
	NEED_EQUAL(*words, 0);
	NEED_EQUAL(munmap(start, kept + PAGE), 0);
	return NULL;
}

/* Touched in order, with and without large pages: what one thread gives back is soon another one's, and must be zero and only its own. */
static void *use_pages_in_order(void *argument)
{
	struct worker *self = argument;
	struct region region = { .pages = IN_ORDER / PAGE };

	for (unsigned step = 1; step <= SHARED_STEPS; step++) {
		region.start = mmap(NULL, IN_ORDER, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		NEED(region.start != MAP_FAILED);
		if (self->index % 2 == 0)
			NEED_EQUAL(madvise(region.start, IN_ORDER, MADV_NOHUGEPAGE), 0);
		region.tag = 0;
		check(&region);
		fill(&region, (self->index + 1) * 1000000ul + step * 10000ul);
		sched_yield();
		check(&region);
		if ((step + self->index) % 2 == 0) {
			NEED_EQUAL(madvise(region.start, IN_ORDER, MADV_DONTNEED), 0);
			region.tag = 0;
			check(&region);
		}
		NEED_EQUAL(munmap(region.start, IN_ORDER), 0);
	}
	return NULL;
}

/*
 * One thread touches a mapping in order while the others count in its first pages: should the system exchange those pages for a large one
 * meanwhile, no count may be lost.
 */
static _Atomic unsigned long counted[THREADS];
static _Atomic int is_filled;

static void *count_while_filled(void *argument)
{
	struct worker *self = argument;

	if (self->index == 0) {
		for (unsigned page = 0; page < FIRST_PAGES; page++)
			atomic_fetch_add(shared_word(page, 0), 1);
		pthread_barrier_wait(&barrier);
		for (unsigned page = FIRST_PAGES; page < LARGE / PAGE; page++)
			NEED_EQUAL(atomic_fetch_add(shared_word(page, 0), 1), 0);
		atomic_store(&is_filled, 1);
		return NULL;
	}
	pthread_barrier_wait(&barrier);
	do {
		for (unsigned page = 0; page < FIRST_PAGES; page++)
			atomic_fetch_add(shared_word(page, self->index), 1);
		atomic_fetch_add(&counted[self->index], 1);
		if (atomic_load(&counted[self->index]) % 64 == 0)
			sched_yield();
	} while (!atomic_load(&is_filled));
	return NULL;
}

static void round_of_counts(uint64_t round)
{
	shared = mmap(NULL, LARGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	NEED((void *)shared != MAP_FAILED);
	atomic_store(&is_filled, 0);
	for (unsigned index = 0; index < THREADS; index++)
		atomic_store(&counted[index], 0);
	run_workers(round, count_while_filled);
	for (unsigned page = 0; page < LARGE / PAGE; page++) {
		NEED_EQUAL(atomic_load(shared_word(page, 0)), 1);
		for (unsigned index = 1; index < THREADS; index++)
			NEED_EQUAL(atomic_load(shared_word(page, index)), page < FIRST_PAGES ? atomic_load(&counted[index]) : 0);
	}
	NEED_EQUAL(munmap((void *)shared, LARGE), 0);
}

static void round_of_mappings(uint64_t round)
{
	run_workers(round, use_own_mappings);
	shared = mmap(NULL, SHARED_PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	NEED((void *)shared != MAP_FAILED);
	NEED_EQUAL(pthread_barrier_init(&barrier, NULL, THREADS), 0);
	run_workers(round, use_shared_mapping);
	NEED_EQUAL(munmap((void *)shared, SHARED_PAGES * PAGE), 0);
	run_workers(round, use_large_mapping);
	run_workers(round, use_pages_in_order);
	round_of_counts(round);
}

int main(int argc, char **argv)
{
	return stress(argc, argv, round_of_mappings);
}
