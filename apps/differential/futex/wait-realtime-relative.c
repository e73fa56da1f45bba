/* FUTEX_WAIT with FUTEX_CLOCK_REALTIME still takes a span. */
#include "futex.h"

int main(void)
{
	futex_word word = 0;
	struct timespec span = timespec_of_ms(10);
	int64_t start = monotonic_ms();

	CALL(futex(&word, FUTEX_WAIT | FUTEX_CLOCK_REALTIME, 0, (uintptr_t)&span, NULL, 0));
	HOLDS(monotonic_ms() - start >= 9);
	return 0;
}
