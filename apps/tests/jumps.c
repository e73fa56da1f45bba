/*
 * setjmp and longjmp, with and without the signal mask, out of deep calls, many times; registers that must survive do.
 */
#include <setjmp.h>
#include "check.h"

static jmp_buf back;
static sigjmp_buf back_with_mask;

/* noreturn: it always ends in longjmp. */
__attribute__((noinline, noreturn)) static void dive(int depth)
{
	volatile char fill[100];

	fill[0] = (char)depth;
	if (depth == 0)
		longjmp(back, 1000 + fill[0]);
	dive(depth - 1);
}

int main(void)
{
	volatile int rounds = 0;
	double kept = 1.5;
	int code = setjmp(back);

	if (code == 0)
		dive(1000);
	CHECK_EQ(code, 1000);
	if (++rounds < 500)
		dive(rounds % 50);
	CHECK_EQ(rounds, 500);
	CHECK(kept == 1.5);

	volatile int with_mask = 0;
	code = sigsetjmp(back_with_mask, 1);
	if (++with_mask < 100)
		siglongjmp(back_with_mask, with_mask);
	CHECK_EQ(code, 99);
	CHECK_EQ(with_mask, 100);
	if (setjmp(back) == 0)
		longjmp(back, 0);
	return check_done("jumps");
}
