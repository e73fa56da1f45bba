/*
 * mremap as its manual page says: contents move without being copied by the program, mappings shrink and grow in place or elsewhere, the old
 * place is kept empty if asked, and every error leaves things as they were.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "check.h"

#define PAGE 4096ul
#define MIB (1024ul * 1024)
#define ANONYMOUS (MAP_PRIVATE | MAP_ANONYMOUS)
#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif

/* Past libc: musl and glibc check some arguments themselves. */
static char *move(void *from, size_t old, size_t new, int flags, void *to)
{
	return (char *)syscall(SYS_mremap, from, old, new, flags, to);
}

static char *map(size_t length, int protection)
{
	return mmap(NULL, length, protection, ANONYMOUS, -1, 0);
}

static void number_pages(char *area, size_t length)
{
	for (size_t at = 0; at < length; at += PAGE)
		*(size_t *)(area + at) = at + 1;
}

static int are_numbered(const char *area, size_t length, size_t first)
{
	for (size_t at = 0; at < length; at += PAGE)
		if (*(const size_t *)(area + at) != first + at + 1)
			return 0;
	return 1;
}

static int is_mapped(void *page)
{
	unsigned char state;

	return mincore(page, PAGE, &state) == 0;
}

/* A range with nothing on either side. */
static char *island(size_t length, int protection)
{
	char *area = map(length + 2 * MIB, PROT_NONE);

	CHECK(area != MAP_FAILED);
	CHECK_EQ(munmap(area, length + 2 * MIB), 0);
	return mmap(area + MIB, length, protection, ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
}

static void sizes_change_in_place(void)
{
	char *area = island(64 * PAGE, PROT_READ | PROT_WRITE);

	CHECK(area != MAP_FAILED);
	number_pages(area, 64 * PAGE);
	CHECK(move(area, 64 * PAGE, 16 * PAGE, 0, NULL) == area);
	CHECK(are_numbered(area, 16 * PAGE, 0));
	CHECK(!is_mapped(area + 16 * PAGE) && is_mapped(area + 15 * PAGE));
	CHECK(move(area, 16 * PAGE, 32 * PAGE, 0, NULL) == area);
	CHECK(are_numbered(area, 16 * PAGE, 0));
	for (size_t at = 16 * PAGE; at < 32 * PAGE; at += PAGE)
		CHECK(*(size_t *)(area + at) == 0);
	CHECK(move(area, 32 * PAGE, 32 * PAGE, 0, NULL) == area);
	CHECK_EQ(munmap(area, 32 * PAGE), 0);
}

static void growth_moves_where_it_must(void)
{
	char *area = island(8 * PAGE, PROT_READ | PROT_WRITE);
	char *moved;

	CHECK(mmap(area + 4 * PAGE, PAGE, PROT_READ, ANONYMOUS | MAP_FIXED, -1, 0) == area + 4 * PAGE);
	number_pages(area, 4 * PAGE);
	errno = 0;
	CHECK(move(area, 4 * PAGE, 6 * PAGE, 0, NULL) == MAP_FAILED && errno == ENOMEM);
	CHECK(are_numbered(area, 4 * PAGE, 0));
	moved = move(area, 4 * PAGE, 100 * PAGE, MREMAP_MAYMOVE, NULL);
	CHECK(moved != MAP_FAILED && moved != area);
	CHECK(are_numbered(moved, 4 * PAGE, 0) && !is_mapped(area) && is_mapped(area + 4 * PAGE));
	CHECK_EQ(*(size_t *)(moved + 4 * PAGE), 0);
	CHECK_EQ(munmap(moved, 100 * PAGE), 0);
	CHECK_EQ(munmap(area, 8 * PAGE), 0);
}

/* Blocks of 2 MiB, whole and in part, at the same and at another offset. */
static void large_blocks_move(size_t shift)
{
	size_t length = 9 * MIB;
	char *area = map(length, PROT_READ | PROT_WRITE);
	char *room = map(16 * MIB, PROT_NONE);
	char *target = (char *)(((uintptr_t)room + 2 * MIB - 1) & ~(2 * MIB - 1)) + ((uintptr_t)area & (2 * MIB - 1)) + shift;

	CHECK(area != MAP_FAILED && room != MAP_FAILED);
	number_pages(area, length);
	CHECK(move(area, length, length, MREMAP_MAYMOVE | MREMAP_FIXED, target) == target);
	CHECK(are_numbered(target, length, 0));
	number_pages(target, length);
	/* Part of it back, smaller than it was. */
	CHECK(move(target + MIB, 5 * MIB, 3 * MIB, MREMAP_MAYMOVE | MREMAP_FIXED, area) == area);
	CHECK(are_numbered(area, 3 * MIB, MIB) && are_numbered(target, MIB, 0));
	CHECK(!is_mapped(target + MIB) && !is_mapped(target + 5 * MIB) && is_mapped(target + 6 * MIB));
	CHECK(are_numbered(target + 6 * MIB, 3 * MIB, 6 * MIB));
	CHECK_EQ(munmap(area, 3 * MIB), 0);
	CHECK_EQ(munmap(room, 16 * MIB), 0);
}

static void protection_moves_along(void)
{
	char *area = map(4 * PAGE, PROT_READ | PROT_WRITE);
	char *place = map(4 * PAGE, PROT_NONE);

	number_pages(area, 4 * PAGE);
	CHECK_EQ(mprotect(area, 4 * PAGE, PROT_NONE), 0);
	CHECK(move(area, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, place) == place);
	CHECK_EQ(mprotect(place, 4 * PAGE, PROT_READ), 0);
	CHECK(are_numbered(place, 4 * PAGE, 0));
	CHECK_EQ(munmap(place, 4 * PAGE), 0);
}

static void old_place_may_stay(void)
{
	char *area = map(4 * PAGE, PROT_READ | PROT_WRITE);
	char *moved;

	number_pages(area, 4 * PAGE);
	moved = move(area, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL);
	CHECK(moved != MAP_FAILED && moved != area);
	CHECK(are_numbered(moved, 4 * PAGE, 0));
	CHECK(*(size_t *)area == 0 && *(size_t *)(area + 3 * PAGE) == 0);
	area[0] = 1;
	CHECK_EQ(moved[0], 1);
	errno = 0;
	CHECK(move(area, 4 * PAGE, 8 * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL) == MAP_FAILED && errno == EINVAL);
	CHECK_EQ(munmap(area, 4 * PAGE), 0);
	CHECK_EQ(munmap(moved, 4 * PAGE), 0);
}

static void fails(void *from, size_t old, size_t new, int flags, void *to, int error)
{
	errno = 0;
	CHECK(move(from, old, new, flags, to) == MAP_FAILED);
	CHECK_EQ(errno, error);
}

static void errors(void)
{
	char *area = island(4 * PAGE, PROT_READ | PROT_WRITE);

	number_pages(area, 4 * PAGE);
	fails(area + 1, PAGE, PAGE, 0, NULL, EINVAL);
	fails(area, PAGE, 0, 0, NULL, EINVAL);
	fails(area, 0, PAGE, MREMAP_MAYMOVE, NULL, EINVAL);
	fails(area, PAGE, PAGE, 8, NULL, EINVAL);
	fails(area, PAGE, PAGE, MREMAP_FIXED, area + MIB, EINVAL);
	fails(area, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, area + PAGE, EINVAL);
	fails(area, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, area + MIB + 1, EINVAL);
	fails(area + 4 * PAGE, PAGE, 2 * PAGE, MREMAP_MAYMOVE, NULL, EFAULT);
	fails(area, 5 * PAGE, 6 * PAGE, MREMAP_MAYMOVE, NULL, EFAULT);
	CHECK_EQ(mprotect(area + PAGE, PAGE, PROT_READ), 0);
	fails(area, 4 * PAGE, 8 * PAGE, MREMAP_MAYMOVE, NULL, EFAULT);
	CHECK(are_numbered(area, 4 * PAGE, 0));
	CHECK_EQ(munmap(area, 4 * PAGE), 0);
}

int main(void)
{
	sizes_change_in_place();
	growth_moves_where_it_must();
	large_blocks_move(0);
	large_blocks_move(17 * PAGE);
	protection_moves_along();
	old_place_may_stay();
	errors();
	return check_done("memory-move");
}
