/* FUTEX_WAIT's time is a span on the monotonic clock; none at all is over at once. */
#include "futex.h"

int main(void)
{
	futex_word word = 0;
	struct timespec none = {0}, short_time = timespec_of_ms(25);
	int64_t start = monotonic_ms();

	CALL(futex_wait(&word, 0, &none));
	CALL(futex_wait(&word, 0, &short_time));
	HOLDS(monotonic_ms() - start >= 24);
	SHOW(short_time.tv_nsec);
	CALL(futex_wait(&word, 1, &short_time));
	return 0;
}
