/*
 * Deep recursion (100,000 frames), wide recursion (Ackermann's function) and mutual recursion.
 */
#include "check.h"

__attribute__((noinline)) static long depth_sum(long depth)
{
	volatile long here = depth;

	return depth == 0 ? 0 : depth_sum(depth - 1) + here;
}

__attribute__((noinline)) static unsigned ackermann(unsigned m, unsigned n)
{
	if (m == 0)
		return n + 1;
	if (n == 0)
		return ackermann(m - 1, 1);
	return ackermann(m - 1, ackermann(m, n - 1));
}

static int is_odd(unsigned n);
__attribute__((noinline)) static int is_even(unsigned n) { return n == 0 ? 1 : is_odd(n - 1); }
__attribute__((noinline)) static int is_odd(unsigned n) { return n == 0 ? 0 : is_even(n - 1); }

int main(void)
{
	CHECK_EQ(depth_sum(100000), 5000050000);
	CHECK_EQ(ackermann(2, 300), 603);
	CHECK_EQ(ackermann(3, 7), 1021);
	CHECK_EQ(is_even(10001), 0);
	return check_done("recursion");
}
