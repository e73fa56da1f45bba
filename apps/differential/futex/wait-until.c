/* FUTEX_WAIT_BITSET's time is a point, on the monotonic or the real-time clock; the past is over at once. */
#include "futex.h"

static void wait_on(clockid_t clock, int flag)
{
	futex_word word = 0;
	struct timespec soon = in_ms(clock, 20), past = {.tv_sec = 1};
	int64_t start = now_ns(clock);

	CALL(futex(&word, FUTEX_WAIT_BITSET | flag, 0, (uintptr_t)&soon, NULL, FUTEX_BITSET_MATCH_ANY));
	HOLDS(now_ns(clock) - start >= 19000000);
	CALL(futex(&word, FUTEX_WAIT_BITSET | flag, 0, (uintptr_t)&past, NULL, FUTEX_BITSET_MATCH_ANY));
	CALL(futex(&word, FUTEX_WAIT_BITSET | flag, 1, (uintptr_t)&past, NULL, FUTEX_BITSET_MATCH_ANY));
}

int main(void)
{
	wait_on(CLOCK_MONOTONIC, 0);
	wait_on(CLOCK_MONOTONIC, FUTEX_PRIVATE_FLAG);
	wait_on(CLOCK_REALTIME, FUTEX_CLOCK_REALTIME);
	wait_on(CLOCK_REALTIME, FUTEX_CLOCK_REALTIME | FUTEX_PRIVATE_FLAG);
	return 0;
}
