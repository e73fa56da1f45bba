/* One file mapped, read, written and cut off by all threads at once: counters in it agree, and nobody sees what was never written. */
#include "stress.h"
#include <fcntl.h>
#include <setjmp.h>
#include <sys/mman.h>

enum { PAGE = 4096, STEPS = 48, KEPT_PAGES = 16, PAGES = 32, SLOT = 64 };

static int file;
static _Thread_local sigjmp_buf behind_end;

static void on_bus_error(int number)
{
	(void)number;
	siglongjmp(behind_end, 1);
}

/* What pages that come and go hold: this or zeros. */
static uint64_t tag_of(unsigned page)
{
	return 0x7a67000000000000u + page;
}

static char *map(unsigned first, unsigned pages, int flags)
{
	char *start = mmap(NULL, (size_t)pages * PAGE, PROT_READ | PROT_WRITE, flags, file, (off_t)first * PAGE);

	NEED(start != MAP_FAILED);
	return start;
}

static void unmap(char *start, unsigned pages, struct random *random)
{
	size_t first = (size_t)random_below(random, pages) * PAGE;

	if (first != 0)
		NEED_EQUAL(munmap(start, first), 0);
	NEED_EQUAL(munmap(start + first, (size_t)pages * PAGE - first), 0);
}

static volatile uint64_t *slot_at(char *page, unsigned index)
{
	return (volatile uint64_t *)(page + index * SLOT);
}

static uint64_t read_slot(unsigned page, unsigned index)
{
	uint64_t value = 0;

	NEED_EQUAL(pread(file, &value, sizeof value, (off_t)page * PAGE + index * SLOT), sizeof value);
	return value;
}

/* Pages that stay: each thread counts in a slot of its own of every page, in turn through all ways to the file. */
static void use_kept_pages(struct worker *self, uint64_t *counts)
{
	unsigned first = random_below(&self->random, KEPT_PAGES), pages = 1 + random_below(&self->random, KEPT_PAGES - first);
	unsigned way = random_below(&self->random, 4);
	char *start = map(first, pages, way == 0 ? MAP_PRIVATE : MAP_SHARED);

	for (unsigned page = 0; page < pages; page++) {
		volatile uint64_t *slot = slot_at(start + (size_t)page * PAGE, self->index);
		uint64_t *count = &counts[first + page];

		NEED_EQUAL(*slot, *count);
		if (way == 0) {
			*slot = 99;
			NEED_EQUAL(read_slot(first + page, self->index), *count);
		} else if (way == 1) {
			uint64_t next = *count + 1;

			NEED_EQUAL(pwrite(file, &next, sizeof next, (off_t)(first + page) * PAGE + self->index * SLOT), sizeof next);
			NEED_EQUAL(*slot, ++*count);
		} else {
			*slot = ++*count;
			if (way == 2)
				NEED_EQUAL(madvise(start + (size_t)page * PAGE, PAGE, MADV_DONTNEED), 0);
			NEED_EQUAL(read_slot(first + page, self->index), *count);
			NEED_EQUAL(*slot, *count);
		}
	}
	unmap(start, pages, &self->random);
}

/* Pages that come and go. */
static void use_cut_off_pages(struct worker *self)
{
	unsigned pages = PAGES - KEPT_PAGES;
	char *volatile start = map(KEPT_PAGES, pages, random_below(&self->random, 3) == 0 ? MAP_PRIVATE : MAP_SHARED);

	for (volatile unsigned step = 0; step < pages; step++) {
		unsigned page = random_below(&self->random, pages);
		volatile uint64_t *slot = slot_at(start + (size_t)page * PAGE, random_below(&self->random, PAGE / SLOT));

		if (sigsetjmp(behind_end, 1) != 0)
			continue;
		uint64_t seen = *slot;
		if (seen != 0)
			NEED_EQUAL(seen, tag_of(page));
		*slot = tag_of(page);
		seen = 0;
		if (pread(file, &seen, sizeof seen, (off_t)(KEPT_PAGES + page) * PAGE) != 0 && seen != 0)
			NEED_EQUAL(seen, tag_of(page));
	}
	unmap(start, pages, &self->random);
}

static void cut_off(struct worker *self)
{
	NEED_EQUAL(ftruncate(file, (off_t)(KEPT_PAGES + random_below(&self->random, PAGES - KEPT_PAGES)) * PAGE), 0);
	NEED_EQUAL(ftruncate(file, (off_t)PAGES * PAGE), 0);
}

static void *use_file(void *argument)
{
	struct worker *self = argument;
	uint64_t counts[KEPT_PAGES] = { 0 };

	for (unsigned step = 0; step < STEPS; step++) {
		unsigned choice = random_below(&self->random, 4);

		if (choice == 0)
			cut_off(self);
		else if (choice == 1)
			use_cut_off_pages(self);
		else
			use_kept_pages(self, counts);
	}
	for (unsigned page = 0; page < KEPT_PAGES; page++)
		NEED_EQUAL(read_slot(page, self->index), counts[page]);
	return NULL;
}

static char *private_view;
static pthread_barrier_t barrier;

/* One private mapping of all threads: each page is read by all, then written by all, and every write is in its one copy. */
static void *write_to_private_view(void *argument)
{
	struct worker *self = argument;

	for (unsigned page = 0; page < KEPT_PAGES; page++)
		NEED_EQUAL(*slot_at(private_view + (size_t)page * PAGE, THREADS), 0);
	pthread_barrier_wait(&barrier);
	for (unsigned page = 0; page < KEPT_PAGES; page++)
		*slot_at(private_view + (size_t)page * PAGE, self->index) = tag_of(self->index);
	pthread_barrier_wait(&barrier);
	for (unsigned page = 0; page < KEPT_PAGES; page++)
		for (unsigned index = 0; index < THREADS; index++)
			NEED_EQUAL(*slot_at(private_view + (size_t)page * PAGE, index), tag_of(index));
	return NULL;
}

static void round_of_file(uint64_t round)
{
	char path[] = "/tmp/stress-XXXXXX";

	NEED((file = mkstemp(path)) >= 0);
	NEED_EQUAL(unlink(path), 0);
	NEED_EQUAL(ftruncate(file, (off_t)PAGES * PAGE), 0);
	run_workers(round, use_file);
	private_view = map(0, KEPT_PAGES, MAP_PRIVATE);
	NEED_EQUAL(pthread_barrier_init(&barrier, NULL, THREADS), 0);
	run_workers(round, write_to_private_view);
	NEED_EQUAL(munmap(private_view, (size_t)KEPT_PAGES * PAGE), 0);
	NEED_EQUAL(close(file), 0);
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_bus_error };

	NEED_EQUAL(sigaction(SIGBUS, &action, NULL), 0);
	return stress(argc, argv, round_of_file);
}
