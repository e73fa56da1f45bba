/*
 * The floating-point environment: its state at program start as the ABI demands (AMD64 ABI 3.4.1: x87 control word 0x37f,
 * MXCSR 0x1f80), rounding modes, sticky exception flags, flush-to-zero; all of it survives system calls.
 */
#define _GNU_SOURCE
#include <fenv.h>
#include <math.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>
#include "check.h"

static uint16_t x87_control(void)
{
	uint16_t word;

	__asm__ volatile("fnstcw %0" : "=m"(word));
	return word;
}

static uint32_t mxcsr(void)
{
	uint32_t word;

	__asm__ volatile("stmxcsr %0" : "=m"(word));
	return word;
}

static void set_mxcsr(uint32_t word)
{
	__asm__ volatile("ldmxcsr %0" : : "m"(word));
}

static void many_system_calls(void)
{
	struct timespec brief = {0, 1000000};

	for (int i = 0; i < 1000; i++)
		getppid();
	nanosleep(&brief, NULL);
}

/* fesetround sets both units; each must round that way, before and after system calls. */
static void rounding(int mode, double sum, long integer)
{
	volatile double one = 1.0, tiny = 1e-30, half = -2.5;
	volatile long double long_one = 1.0L, long_tiny = 1e-40L;

	CHECK_EQ(fesetround(mode), 0);
	many_system_calls();
	CHECK_EQ(fegetround(), mode);
	CHECK(one + tiny == sum);
	CHECK((long_one + long_tiny > 1.0L) == (mode == FE_UPWARD));
	CHECK_EQ(lrint(half), integer);
	fesetround(FE_TONEAREST);
}

int main(void)
{
	CHECK_EQ(x87_control(), 0x37f);
	/* Only the control bits: the start-up code may have raised a flag by a conversion. */
	CHECK_EQ(mxcsr() & 0xffc0, 0x1f80);

	rounding(FE_TONEAREST, 1.0, -2);
	rounding(FE_UPWARD, nextafter(1.0, 2.0), -2);
	rounding(FE_DOWNWARD, 1.0, -3);
	rounding(FE_TOWARDZERO, 1.0, -2);

	volatile double zero = 0.0, one = 1.0, huge = 1e308, result;
	feclearexcept(FE_ALL_EXCEPT);
	result = one / zero;
	many_system_calls();
	CHECK_EQ(fetestexcept(FE_ALL_EXCEPT), FE_DIVBYZERO);
	CHECK(isinf(result));
	result = huge * 10;
	many_system_calls();
	CHECK(fetestexcept(FE_OVERFLOW) != 0);
	feclearexcept(FE_ALL_EXCEPT);
	CHECK_EQ(fetestexcept(FE_ALL_EXCEPT), 0);

	volatile double denormal = 4.9406564584124654e-324;
	CHECK(denormal * 1.0 != 0.0);
	set_mxcsr(mxcsr() | 0x8040);
	many_system_calls();
	CHECK(denormal * one == 0.0);
	set_mxcsr(mxcsr() & ~0x8040u);
	CHECK(denormal * one != 0.0);
	return check_done("fpu-control");
}
