/*
 * What programs say and ask about memory: madvise, mincore, mlock, msync, reservations that are used bit by bit, mappings and stacks
 * that grow.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "check.h"

#define PAGE 4096ul
#define MIB (1024ul * 1024)
#define GIB (1024 * MIB)
#define ANONYMOUS (MAP_PRIVATE | MAP_ANONYMOUS)
#define SHARED (MAP_SHARED | MAP_ANONYMOUS)
#define RW (PROT_READ | PROT_WRITE)

static char *map(size_t length, int protection, int flags)
{
	return mmap(NULL, length, protection, flags, -1, 0);
}

#define FAILS(call, error)                                                                                                      \
	do {                                                                                                                    \
		errno = 0;                                                                                                      \
		CHECK((long)(call) == -1);                                                                                      \
		CHECK_EQ(errno, error);                                                                                         \
	} while (0)

static void discarding(void)
{
	char *private = map(8 * MIB, RW, ANONYMOUS);
	char *shared = map(4 * PAGE, RW, SHARED);

	memset(private, 7, 8 * MIB);
	memset(shared, 7, 4 * PAGE);
	/* The middle of a large page, then all of it. */
	CHECK_EQ(madvise(private + 3 * MIB + PAGE, PAGE, MADV_DONTNEED), 0);
	CHECK(private[3 * MIB] == 7 && private[3 * MIB + PAGE] == 0 && private[3 * MIB + 2 * PAGE - 1] == 0);
	CHECK(private[3 * MIB + 2 * PAGE] == 7);
	CHECK_EQ(madvise(private, 8 * MIB, MADV_DONTNEED), 0);
	for (size_t at = 0; at < 8 * MIB; at += PAGE)
		CHECK(private[at] == 0);
	/* What is shared is not lost by it, but by MADV_REMOVE. */
	CHECK_EQ(madvise(shared, 4 * PAGE, MADV_DONTNEED), 0);
	CHECK(shared[0] == 7);
	CHECK_EQ(madvise(shared, PAGE, MADV_REMOVE), 0);
	CHECK(shared[0] == 0 && shared[PAGE] == 7);
	FAILS(madvise(private, PAGE, MADV_REMOVE), EINVAL);
	FAILS(madvise(shared, PAGE, MADV_FREE), EINVAL);
	CHECK_EQ(madvise(private, 8 * MIB, MADV_FREE), 0);
	private[5] = 9;
	CHECK(private[5] == 9);
	CHECK_EQ(munmap(private, 8 * MIB), 0);
	CHECK_EQ(munmap(shared, 4 * PAGE), 0);
}

static void advice_errors(void)
{
	char *area = map(4 * PAGE, RW, ANONYMOUS);

	FAILS(madvise(area + 1, PAGE, MADV_NORMAL), EINVAL);
	FAILS(madvise(area, PAGE, 77), EINVAL);
	FAILS(madvise(area, 0, 77), EINVAL);
	CHECK_EQ(madvise(area, 0, MADV_DONTNEED), 0);
	CHECK_EQ(madvise(area, 4 * PAGE, MADV_SEQUENTIAL), 0);
	CHECK_EQ(madvise(area, 4 * PAGE, MADV_WILLNEED), 0);
	CHECK_EQ(munmap(area + PAGE, PAGE), 0);
	FAILS(madvise(area, 4 * PAGE, MADV_NORMAL), ENOMEM);
	FAILS(madvise(area, 4 * PAGE, 23 /* MADV_POPULATE_WRITE */), ENOMEM);
	CHECK_EQ(munmap(area, 4 * PAGE), 0);
}

static int resident(char *area, size_t length)
{
	unsigned char states[2048];
	int count = 0;

	CHECK_EQ(mincore(area, length, states), 0);
	for (size_t page = 0; page < length / PAGE; page++)
		count += states[page] & 1;
	return count;
}

static void residency(void)
{
	char *area = map(2048 * PAGE, RW, ANONYMOUS);
	unsigned char states[4];

	CHECK_EQ(madvise(area, 2048 * PAGE, MADV_NOHUGEPAGE), 0);
	CHECK_EQ(resident(area, 2048 * PAGE), 0);
	area[1000 * PAGE] = 1;
	CHECK(mincore(area + 1000 * PAGE, PAGE, states) == 0 && (states[0] & 1) == 1);
	CHECK(mincore(area + 500 * PAGE, PAGE, states) == 0 && (states[0] & 1) == 0);
	CHECK_EQ(madvise(area, 2048 * PAGE, 23 /* MADV_POPULATE_WRITE */), 0);
	CHECK_EQ(resident(area, 2048 * PAGE), 2048);
	CHECK_EQ(mprotect(area, PAGE, PROT_NONE), 0);
	CHECK_EQ(resident(area, 2048 * PAGE), 2048);
	CHECK_EQ(madvise(area, 1024 * PAGE, MADV_DONTNEED), 0);
	CHECK_EQ(resident(area, 2048 * PAGE), 1024);
	FAILS(mincore(area + 1, PAGE, states), EINVAL);
	CHECK_EQ(munmap(area + 2 * PAGE, PAGE), 0);
	FAILS(mincore(area, 4 * PAGE, states), ENOMEM);
	CHECK_EQ(mincore(area, 0, states), 0);
	CHECK_EQ(munmap(area, 2048 * PAGE), 0);
	area = map(16 * PAGE, RW, ANONYMOUS | MAP_POPULATE);
	CHECK_EQ(resident(area, 16 * PAGE), 16);
	CHECK_EQ(munmap(area, 16 * PAGE), 0);
}

static void locking(void)
{
	char *area = map(8 * PAGE, RW, ANONYMOUS);

	CHECK_EQ(mlock(area + 10, PAGE), 0);
	CHECK_EQ(resident(area, 8 * PAGE), 2);
	FAILS(madvise(area, PAGE, MADV_DONTNEED), EINVAL);
	CHECK_EQ(munlock(area, 8 * PAGE), 0);
	CHECK_EQ(madvise(area, PAGE, MADV_DONTNEED), 0);
	CHECK_EQ(syscall(SYS_mlock2, area, 8 * PAGE, 1 /* MLOCK_ONFAULT */), 0);
	CHECK_EQ(resident(area, 8 * PAGE), 1);
	FAILS(syscall(SYS_mlock2, area, PAGE, 2), EINVAL);
	FAILS(mlockall(0), EINVAL);
	FAILS(mlockall(MCL_ONFAULT), EINVAL);
	FAILS(mlockall(64), EINVAL);
	CHECK_EQ(munmap(area + PAGE, PAGE), 0);
	FAILS(mlock(area, 4 * PAGE), ENOMEM);
	FAILS(munlock(area, 4 * PAGE), ENOMEM);
	CHECK_EQ(mlock(area, 0), 0);
	CHECK_EQ(munlockall(), 0);
	CHECK_EQ(munmap(area, 8 * PAGE), 0);
}

static void synchronising(void)
{
	char *area = map(4 * PAGE, RW, SHARED);

	CHECK_EQ(msync(area, 4 * PAGE, MS_SYNC), 0);
	CHECK_EQ(msync(area, 4 * PAGE, MS_ASYNC | MS_INVALIDATE), 0);
	FAILS(msync(area, PAGE, MS_SYNC | MS_ASYNC), EINVAL);
	FAILS(msync(area, PAGE, 8), EINVAL);
	FAILS(msync(area + 1, PAGE, MS_SYNC), EINVAL);
	CHECK_EQ(munmap(area + PAGE, PAGE), 0);
	FAILS(msync(area, 4 * PAGE, MS_SYNC), ENOMEM);
	CHECK_EQ(munmap(area, 4 * PAGE), 0);
}

/* As language runtimes do it: reserve much without access, make parts usable, give them back. */
static void reservations(void)
{
	size_t length = 512 * GIB;
	char *area = map(length, PROT_NONE, ANONYMOUS | MAP_NORESERVE);

	CHECK(area != MAP_FAILED);
	for (size_t at = 0; at < length; at += 64 * GIB) {
		CHECK_EQ(mprotect(area + at, 4 * MIB, RW), 0);
		area[at] = area[at + 4 * MIB - 1] = 5;
	}
	for (size_t at = 0; at < length; at += 64 * GIB) {
		CHECK(area[at] == 5 && area[at + 4 * MIB - 1] == 5);
		CHECK_EQ(madvise(area + at, 4 * MIB, MADV_DONTNEED), 0);
		CHECK(area[at] == 0);
		CHECK(mmap(area + at, 4 * MIB, PROT_NONE, ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0) == area + at);
	}
	CHECK_EQ(munmap(area, length), 0);
	/* More than there can be, without saying that it is only a reservation. */
	FAILS(map(1ul << 46, RW, ANONYMOUS), ENOMEM);
}

static void protection_stops_at_holes(void)
{
	char *area = map(4 * PAGE, RW, ANONYMOUS);

	CHECK_EQ(munmap(area + 2 * PAGE, PAGE), 0);
	FAILS(mprotect(area, 4 * PAGE, PROT_READ), ENOMEM);
	/* What lay before the hole is read-only now: read(2) into it fails. */
	CHECK(syscall(SYS_getrandom, area, 1, 0) == -1 && errno == EFAULT);
	CHECK(syscall(SYS_getrandom, area + 3 * PAGE, 1, 0) == 1);
	CHECK_EQ(munmap(area, 4 * PAGE), 0);
	FAILS(syscall(SYS_mprotect, area, PAGE, 0x40), EINVAL);
	CHECK_EQ(syscall(SYS_mprotect, area, 0, 0x40), 0);
}

static void mappings_grow_down(void)
{
	char *room = map(64 * MIB, PROT_NONE, ANONYMOUS);
	char *area;

	CHECK_EQ(munmap(room, 64 * MIB), 0);
	area = mmap(room + 62 * MIB, 2 * PAGE, RW, ANONYMOUS | MAP_GROWSDOWN | MAP_FIXED_NOREPLACE, -1, 0);
	CHECK(area == room + 62 * MIB);
	memset(area, 1, 2 * PAGE);
	for (char *at = area - PAGE; at > area - MIB; at -= 3 * PAGE) {
		CHECK(*at == 0);
		*at = 2;
	}
	CHECK(area[0] == 1 && area[-(long)PAGE] == 2);
	FAILS(map(PAGE, RW, SHARED | MAP_GROWSDOWN), EINVAL);
	CHECK_EQ(munmap(room, 64 * MIB), 0);
}

static size_t deep(size_t depth)
{
	volatile char block[4096];

	block[0] = block[4095] = (char)depth;
	return depth == 0 ? (size_t)block[0] : deep(depth - 1) + (size_t)block[4095] * 0 + 1;
}

/* The stack may grow as far as its limit says, also if that is raised while the program runs. */
static void stack_grows(void)
{
	struct rlimit limit;

	CHECK_EQ(getrlimit(RLIMIT_STACK, &limit), 0);
	limit.rlim_cur = 48 * MIB;
	CHECK_EQ(setrlimit(RLIMIT_STACK, &limit), 0);
	CHECK_EQ(deep(24 * MIB / 4096), 24 * MIB / 4096);
}

int main(void)
{
	discarding();
	advice_errors();
	residency();
	locking();
	synchronising();
	reservations();
	protection_stops_at_holes();
	mappings_grow_down();
	stack_grows();
	return check_done("memory-advice");
}
