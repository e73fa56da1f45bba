/*
 * brk, mmap, munmap and mprotect as their manual pages say, called directly: alignment, zeroed pages, hints, fixed
 * addresses, holes, lengths that are not whole pages, and the errors.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "check.h"

#define PAGE 4096ul
#define ANONYMOUS (MAP_PRIVATE | MAP_ANONYMOUS)

static char *map(size_t length, int protection)
{
	return mmap(NULL, length, protection, ANONYMOUS, -1, 0);
}

static int all_zero(const char *at, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (at[i])
			return 0;
	return 1;
}

static void break_moves(void)
{
	uintptr_t start = (uintptr_t)syscall(SYS_brk, 0);
	uintptr_t grown = (uintptr_t)syscall(SYS_brk, start + 300000);

	CHECK(start != 0);
	CHECK(grown == start + 300000);
	CHECK(all_zero((char *)start, 300000));
	memset((char *)start, 0x77, 300000);
	CHECK((uintptr_t)syscall(SYS_brk, start + PAGE) == start + PAGE);
	CHECK((uintptr_t)syscall(SYS_brk, start + 300000) == start + 300000);
	CHECK(((char *)start)[10] == 0x77);
	/* Pages given back and taken again hold zeroes; the one the break lay in may keep its contents. */
	CHECK(all_zero((char *)((start + 3 * PAGE) & ~(PAGE - 1)), 200000));
	CHECK((uintptr_t)syscall(SYS_brk, 8) == start + 300000);
	CHECK((uintptr_t)syscall(SYS_brk, start) == start);
}

static void mappings_are_zeroed_pages(void)
{
	char *first = map(3 * PAGE + 1, PROT_READ | PROT_WRITE);
	char *second = map(PAGE, PROT_READ | PROT_WRITE);

	CHECK(first != MAP_FAILED && second != MAP_FAILED);
	CHECK(((uintptr_t)first & (PAGE - 1)) == 0);
	CHECK(all_zero(first, 4 * PAGE));
	memset(first, 1, 4 * PAGE);
	memset(second, 2, PAGE);
	CHECK(first[0] == 1 && first[4 * PAGE - 1] == 1 && second[0] == 2);
	CHECK_EQ(munmap(first, 3 * PAGE + 1), 0);
	CHECK_EQ(munmap(second, PAGE), 0);
}

static void fixed_mapping_replaces(void)
{
	char *area = map(8 * PAGE, PROT_READ | PROT_WRITE);

	CHECK(area != MAP_FAILED);
	memset(area, 3, 8 * PAGE);
	CHECK(mmap(area + 2 * PAGE, 2 * PAGE, PROT_READ | PROT_WRITE, ANONYMOUS | MAP_FIXED, -1, 0) == area + 2 * PAGE);
	CHECK(area[2 * PAGE - 1] == 3 && area[4 * PAGE] == 3);
	CHECK(all_zero(area + 2 * PAGE, 2 * PAGE));
	/* A hole in the middle; what lies on both sides stays. */
	CHECK_EQ(munmap(area + 5 * PAGE, PAGE), 0);
	CHECK(area[5 * PAGE - 1] == 3 && area[6 * PAGE] == 3);
	CHECK(mmap(area + 5 * PAGE, PAGE, PROT_READ | PROT_WRITE, ANONYMOUS, -1, 0) != MAP_FAILED);
	errno = 0;
	CHECK(mmap(area, PAGE, PROT_READ, ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED && errno == EEXIST);
	CHECK_EQ(munmap(area, 8 * PAGE), 0);
	/* Nothing is mapped there any more: unmapping again is no error. */
	CHECK_EQ(munmap(area, 8 * PAGE), 0);
}

static void protection_changes(void)
{
	char *area = map(4 * PAGE, PROT_NONE);

	CHECK(area != MAP_FAILED);
	CHECK_EQ(mprotect(area + PAGE, 2 * PAGE, PROT_READ | PROT_WRITE), 0);
	area[PAGE] = 4;
	area[3 * PAGE - 1] = 5;
	CHECK_EQ(mprotect(area + PAGE, PAGE, PROT_READ), 0);
	CHECK(area[PAGE] == 4 && area[3 * PAGE - 1] == 5);
	CHECK_EQ(mprotect(area, 4 * PAGE, PROT_READ | PROT_WRITE), 0);
	area[0] = area[4 * PAGE - 1] = 6;
	CHECK(area[PAGE] == 4 && area[0] == 6);
	CHECK_EQ(munmap(area, 4 * PAGE), 0);
	errno = 0;
	CHECK(mprotect(area, PAGE, PROT_READ) == -1 && errno == ENOMEM);
	errno = 0;
	/* Past libc: musl rounds the address itself. */
	CHECK(syscall(SYS_mprotect, area + 1, PAGE, PROT_READ) == -1 && errno == EINVAL);
}

static void code_can_be_made(void)
{
	static const unsigned char returns_42[] = {0xb8, 42, 0, 0, 0, 0xc3};
	unsigned char *code = (unsigned char *)map(PAGE, PROT_READ | PROT_WRITE);

	CHECK(code != MAP_FAILED);
	memcpy(code, returns_42, sizeof returns_42);
	CHECK_EQ(mprotect(code, PAGE, PROT_READ | PROT_EXEC), 0);
	CHECK_EQ(((int (*)(void))(uintptr_t)code)(), 42);
	CHECK_EQ(mprotect(code, PAGE, PROT_READ | PROT_WRITE), 0);
	code[1] = 43;
	CHECK_EQ(mprotect(code, PAGE, PROT_READ | PROT_EXEC), 0);
	CHECK_EQ(((int (*)(void))(uintptr_t)code)(), 43);
	CHECK_EQ(munmap(code, PAGE), 0);
}

static void big_and_sparse(void)
{
	size_t length = 8ul << 30;
	char *area = mmap(NULL, length, PROT_READ | PROT_WRITE, ANONYMOUS | MAP_NORESERVE, -1, 0);

	CHECK(area != MAP_FAILED);
	if (area == MAP_FAILED)
		return;
	for (size_t at = 0; at < length; at += 512ul << 20)
		area[at + 12345] = (char)(at >> 29);
	for (size_t at = 0; at < length; at += 512ul << 20)
		CHECK_EQ(area[at + 12345], (char)(at >> 29));
	CHECK_EQ(munmap(area, length), 0);
}

static void moving_keeps_contents(void)
{
	char *area = map(4 * PAGE, PROT_READ | PROT_WRITE);
	char *place = map(8 * PAGE, PROT_NONE);
	char *moved;

	CHECK(area != MAP_FAILED && place != MAP_FAILED);
	strcpy(area, "kept");
	strcpy(area + PAGE, "kept, too");
	/* Memory that may not be touched for a while keeps what it holds, wherever it goes. */
	CHECK_EQ(mprotect(area, 2 * PAGE, PROT_NONE), 0);
	moved = mremap(area, 2 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, place);
	CHECK(moved == place);
	CHECK_EQ(mprotect(moved, 4 * PAGE, PROT_READ | PROT_WRITE), 0);
	CHECK(!strcmp(moved, "kept") && !strcmp(moved + PAGE, "kept, too") && all_zero(moved + 2 * PAGE, 2 * PAGE));
	/* Discarding across a hole discards what is there and says that there is a hole. */
	CHECK_EQ(munmap(moved + PAGE, PAGE), 0);
	moved[0] = moved[2 * PAGE] = 9;
	errno = 0;
	CHECK(madvise(moved, 4 * PAGE, MADV_DONTNEED) == -1 && errno == ENOMEM);
	CHECK(all_zero(moved, PAGE) && all_zero(moved + 2 * PAGE, 2 * PAGE));
	CHECK_EQ(munmap(moved, 8 * PAGE), 0);
	CHECK_EQ(munmap(area, 4 * PAGE), 0);
}

static void errors(void)
{
	errno = 0;
	CHECK(mmap(NULL, 0, PROT_READ, ANONYMOUS, -1, 0) == MAP_FAILED && errno == EINVAL);
	errno = 0;
	CHECK(mmap(NULL, PAGE, PROT_READ, MAP_ANONYMOUS, -1, 0) == MAP_FAILED && errno == EINVAL);
	errno = 0;
	CHECK(mmap(NULL, (size_t)1 << 60, PROT_READ, ANONYMOUS, -1, 0) == MAP_FAILED && errno == ENOMEM);
	errno = 0;
	CHECK(munmap((void *)1, PAGE) == -1 && errno == EINVAL);
	errno = 0;
	CHECK(munmap((void *)PAGE, 0) == -1 && errno == EINVAL);
	errno = 0;
	CHECK(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, -1, 0) == MAP_FAILED && errno == EBADF);
}

int main(void)
{
	break_moves();
	mappings_are_zeroed_pages();
	fixed_mapping_replaces();
	protection_changes();
	code_can_be_made();
	big_and_sparse();
	moving_keeps_contents();
	errors();
	return check_done("memory-map");
}
