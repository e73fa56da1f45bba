/* Floating point starts as in a new program: rounding, exceptions, precision, and no old values. */
// libc: both
#include "exec.h"
#include <fenv.h>

static unsigned mxcsr(void)
{
	unsigned value;

	__asm__ volatile("stmxcsr %0" : "=m"(value));
	return value;
}

static unsigned control_word(void)
{
	unsigned short value;

	__asm__ volatile("fnstcw %0" : "=m"(value));
	return value;
}

int main(int count, char **arguments)
{
	volatile double one = 1, three = 3;
	unsigned value = 0x7f80;
	unsigned short word = 0x07f;

	if (step_of(count, arguments) == 0) {
		NEED(fesetround(FE_UPWARD) == 0);
		printf("%.20f\n", one / three);
		__asm__ volatile("ldmxcsr %0" : : "m"(value));
		__asm__ volatile("fldcw %0" : : "m"(word));
		start(SELF, 1, NULL);
		return 1;
	}
	printf("mxcsr %x, control word %x\n", mxcsr(), control_word());
	HOLDS(fegetround() == FE_TONEAREST);
	printf("%.20f\n", one / three);
	return 0;
}
