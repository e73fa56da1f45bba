/*
 * Large .data, .bss and .rodata: the file's contents at the right places, zeroes behind them.
 */
#include <stdint.h>
#include "check.h"

#define WORDS (1024 * 1024)

static volatile uint32_t initialised[WORDS] = {[0] = 11, [1] = 22, [WORDS / 2] = 33, [WORDS - 1] = 44};
static const uint32_t constant[WORDS] = {[3] = 55, [WORDS - 1] = 66};
static volatile char zeroed[64 * 1024 * 1024];
static volatile char last_of_bss;

int main(void)
{
	const volatile uint32_t *volatile constants = constant;
	uint32_t sum = 0;
	int dirty = 0;

	for (int i = 0; i < WORDS; i++)
		sum += initialised[i] + constants[i];
	CHECK_EQ(sum, 11 + 22 + 33 + 44 + 55 + 66);
	CHECK(initialised[0] == 11 && initialised[1] == 22 && initialised[WORDS / 2] == 33 && initialised[WORDS - 1] == 44);
	for (size_t at = 0; at < sizeof zeroed; at += 512)
		dirty += zeroed[at] != 0;
	CHECK_EQ(dirty, 0);
	CHECK_EQ(last_of_bss, 0);
	for (size_t at = 0; at < sizeof zeroed; at += 65536)
		zeroed[at] = 1;
	CHECK(initialised[WORDS - 1] == 44 && constants[WORDS - 1] == 66);
	return check_done("large-data");
}
