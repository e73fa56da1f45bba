/*
 * Hundreds of MiB: one block of which every page is touched, blocks of 1 MiB each, and the same memory again and again
 * (what is freed must come back, else the third round runs out of a small machine's memory).
 */
#include <stdint.h>
#include "check.h"

#define MIB (1024ul * 1024)
#define BIG (256 * MIB)

static void touch_one_block(int round)
{
	unsigned char *block = malloc(BIG);
	unsigned long bad = 0;

	if (!CHECK(block != NULL))
		return;
	for (size_t at = 0; at < BIG; at += 4096)
		bad += block[at] != 0;
	CHECK_EQ(bad, 0);
	for (size_t at = 0; at < BIG; at += 4096)
		block[at] = (unsigned char)(at >> 12) ^ (unsigned char)round;
	for (size_t at = 0; at < BIG; at += 4096)
		bad += block[at] != ((unsigned char)(at >> 12) ^ (unsigned char)round);
	CHECK_EQ(bad, 0);
	free(block);
}

static void blocks_of_one_mebibyte(void)
{
	static unsigned char *block[128];
	int bad = 0;

	for (int i = 0; i < 128; i++) {
		block[i] = malloc(MIB);
		bad += block[i] == NULL;
		if (block[i])
			memset(block[i], i, MIB);
	}
	for (int i = 0; i < 128; i++) {
		bad += block[i] && (block[i][0] != i || block[i][MIB / 2] != i || block[i][MIB - 1] != i);
		free(block[i]);
	}
	CHECK_EQ(bad, 0);
}

int main(void)
{
	for (int round = 0; round < 4; round++)
		touch_one_block(round);
	blocks_of_one_mebibyte();
	return check_done("malloc-huge");
}
