/* Without an alternate stack an overflow cannot be handled: the program ends by SIGSEGV. */
#include "differ.h"

static volatile int sink;

__attribute__((noinline)) static int overflow(int depth)
{
	volatile char frame[4000];

	frame[depth % 4000] = (char)depth;
	sink = depth;
	return (depth < 100000000 ? overflow(depth + 1) : 0) + frame[(depth + 1) % 4000];
}

int main(void)
{
	catch_faults();
	puts("before");
	return overflow(0);
}
