/*
 * A position-independent program relocates itself: tables of pointers to data and to functions, a pointer into the middle
 * of an object, a weak symbol that nobody defines, and a function that is chosen at start (IFUNC, where libc supports it).
 */
#include <stdint.h>
#include "check.h"

static int one(void) { return 1; }
static int two(void) { return 2; }
static int numbers[] = {10, 20, 30};
static int (*const functions[])(void) = {one, two};
static int *pointers[] = {&numbers[0], &numbers[2], numbers + 1};
static const char *const words[] = {"alpha", "beta", "gamma"};
extern int nobody_defines_this __attribute__((weak));

#ifdef __GLIBC__
static int chosen_implementation(void) { return 77; }
static int (*choose(void))(void) { return chosen_implementation; }
int chosen_at_start(void) __attribute__((ifunc("choose")));
#else
static int chosen_at_start(void) { return 77; }
#endif

int main(void)
{
	int (*volatile call)(void) = functions[1];

	CHECK_EQ(functions[0](), 1);
	CHECK_EQ(call(), 2);
	CHECK(*pointers[0] == 10 && *pointers[1] == 30 && *pointers[2] == 20);
	CHECK(strcmp(words[2], "gamma") == 0);
	CHECK(&nobody_defines_this == NULL);
	CHECK_EQ(chosen_at_start(), 77);
	return check_done("relocations");
}
