/*
 * Seven of the eight MiB of stack that a Linux program expects, in one step and in small ones, both touched from the far
 * end first; and memory that alloca gave is where it belongs.
 */
#include <alloca.h>
#include "check.h"

#define MIB (1024 * 1024)

__attribute__((noinline)) static int far_end_first(void)
{
	volatile char area[7 * MIB];

	area[0] = 1;
	area[3 * MIB] = 2;
	area[sizeof area - 1] = 3;
	return area[0] + area[3 * MIB] + area[sizeof area - 1];
}

__attribute__((noinline)) static int step_by_step(int depth)
{
	volatile char area[1000];

	area[0] = (char)depth;
	area[999] = 1;
	return depth == 0 ? area[999] : step_by_step(depth - 1) + area[999];
}

int main(void)
{
	CHECK_EQ(far_end_first(), 6);
	CHECK_EQ(step_by_step(6000), 6001);
	char *area = alloca(4 * MIB);
	memset(area, 0x44, 4 * MIB);
	CHECK(area[0] == 0x44 && area[4 * MIB - 1] == 0x44);
	return check_done("large-stack");
}
