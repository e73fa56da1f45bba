/* FUTEX_WAIT with FUTEX_CLOCK_REALTIME is refused: its timeout is a span, which has no clock. */
#include "futex.h"

int main(void)
{
	futex_word word = 0;
	struct timespec span = timespec_of_ms(10);

	CALL(futex(&word, FUTEX_WAIT | FUTEX_CLOCK_REALTIME, 0, (uintptr_t)&span, NULL, 0));
	return 0;
}
