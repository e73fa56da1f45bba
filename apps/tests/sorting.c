/*
 * qsort and bsearch over a hundred thousand numbers, and string functions whose fast versions libc chooses by CPUID.
 */
#include <stdint.h>
#include "check.h"

#define COUNT 100000

static int ascending(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

	return (a > b) - (a < b);
}

static void sorts(void)
{
	static uint32_t number[COUNT];
	uint32_t state = 1;
	uint64_t before = 0, after = 0;
	int disorder = 0;

	for (int i = 0; i < COUNT; i++) {
		state = state * 1664525 + 1013904223;
		number[i] = state;
		before += state;
	}
	qsort(number, COUNT, sizeof *number, ascending);
	for (int i = 0; i < COUNT; i++) {
		after += number[i];
		disorder += i > 0 && number[i - 1] > number[i];
	}
	CHECK_EQ(disorder, 0);
	CHECK(before == after);
	uint32_t *found = bsearch(&number[4711], number, COUNT, sizeof *number, ascending);
	CHECK(found != NULL && *found == number[4711]);
	printf("%u %u %u\n", number[0], number[COUNT / 2], number[COUNT - 1]);
}

/* Every length and misalignment around the vector widths. */
static void string_functions(void)
{
	static char source[600], target[600];
	int bad = 0;

	for (int i = 0; i < 600; i++)
		source[i] = (char)('a' + i % 26);
	for (int offset = 0; offset < 64; offset += 3)
		for (int length = 0; length < 300; length++) {
			memset(target, '#', sizeof target);
			memcpy(target + offset, source, (size_t)length);
			target[offset + length] = 0;
			bad += strlen(target + offset) != (size_t)length;
			bad += memcmp(target + offset, source, (size_t)length) != 0;
			bad += memchr(target, 0, sizeof target) != target + offset + length;
			bad += offset > 0 && target[offset - 1] != '#';
			bad += target[offset + length + 1] != '#';
			memmove(target + 1, target, (size_t)(offset + length));
		}
	CHECK_EQ(bad, 0);
	CHECK(strstr(source, "xyzabc") == source + 23);
	CHECK(strcmp("abc", "abd") < 0 && strncmp("abc", "abd", 2) == 0);
}

int main(void)
{
	sorts();
	string_functions();
	return check_done("sorting");
}
