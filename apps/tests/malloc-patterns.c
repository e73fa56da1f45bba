/*
 * malloc, calloc, realloc, free and aligned_alloc in the patterns programs use: many small blocks, sizes around every
 * power of two, growing blocks, blocks freed in another order, and blocks big enough that libc asks mmap for each.
 * Every block is filled and checked again before it is freed, so overlapping or moved memory is noticed.
 */
#include <stdint.h>
#include "check.h"

#define BLOCKS 4096

static uint32_t random_state = 12345;

static uint32_t next_random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5;
	return random_state;
}

static int filled_with(const unsigned char *block, size_t size, unsigned char value)
{
	for (size_t i = 0; i < size; i++)
		if (block[i] != value)
			return 0;
	return 1;
}

static void many_blocks_freed_at_random(void)
{
	static unsigned char *block[BLOCKS];
	static size_t size[BLOCKS];
	int bad = 0;

	for (int round = 0; round < 20000; round++) {
		uint32_t slot = next_random() % BLOCKS;
		if (block[slot]) {
			bad += !filled_with(block[slot], size[slot], (unsigned char)slot);
			free(block[slot]);
			block[slot] = NULL;
		} else {
			size[slot] = next_random() % (next_random() % 16 == 0 ? 20000 : 200);
			block[slot] = malloc(size[slot]);
			bad += block[slot] == NULL;
			if (block[slot])
				memset(block[slot], (unsigned char)slot, size[slot]);
		}
	}
	for (int slot = 0; slot < BLOCKS; slot++)
		free(block[slot]);
	CHECK_EQ(bad, 0);
}

static void powers_of_two(void)
{
	int bad = 0;

	for (int shift = 0; shift <= 24; shift++)
		for (int delta = -1; delta <= 1; delta++) {
			size_t size = (size_t)((1L << shift) + delta);
			unsigned char *block = malloc(size);
			bad += block == NULL || ((uintptr_t)block & 15) != 0;
			if (block && size > 0) {
				block[0] = 0x5a;
				block[size - 1] = 0xa5;
				bad += size > 1 && block[0] != 0x5a;
			}
			free(block);
		}
	CHECK_EQ(bad, 0);
}

static void calloc_gives_zeroes(void)
{
	int bad = 0;

	for (int round = 0; round < 200; round++) {
		size_t size = 1 + next_random() % 300000;
		unsigned char *dirty = malloc(size);
		if (dirty)
			memset(dirty, 0xff, size);
		free(dirty);
		unsigned char *clean = calloc(1, size);
		bad += clean == NULL || !filled_with(clean, size, 0);
		free(clean);
	}
	CHECK_EQ(bad, 0);
	volatile size_t huge = SIZE_MAX / 2;
	CHECK(calloc(huge, 3) == NULL);
	CHECK(malloc(huge + 1) == NULL);
}

static void realloc_keeps_contents(void)
{
	size_t size = 1;
	unsigned char *block = malloc(size);
	int bad = 0;

	if (!CHECK(block != NULL))
		return;
	block[0] = 7;
	while (size < 32u << 20) {
		unsigned char *grown = realloc(block, size * 2);
		if (!CHECK(grown != NULL))
			break;
		block = grown;
		bad += block[0] != 7 || (size > 1 && block[size - 1] != 9);
		size *= 2;
		block[size - 1] = 9;
	}
	while (size > 16) {
		size /= 2;
		unsigned char *shrunk = realloc(block, size);
		if (!CHECK(shrunk != NULL))
			break;
		block = shrunk;
		bad += block[0] != 7;
	}
	free(block);
	CHECK_EQ(bad, 0);
}

static void aligned_blocks(void)
{
	for (size_t alignment = 16; alignment <= 4u << 20; alignment *= 4) {
		void *block = aligned_alloc(alignment, alignment);
		CHECK(block != NULL && ((uintptr_t)block & (alignment - 1)) == 0);
		if (block)
			memset(block, 1, alignment);
		free(block);
	}
}

int main(void)
{
	many_blocks_freed_at_random();
	powers_of_two();
	calloc_gives_zeroes();
	realloc_keeps_contents();
	aligned_blocks();
	return check_done("malloc-patterns");
}
