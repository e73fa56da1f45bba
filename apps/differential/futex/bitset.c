/* FUTEX_WAKE_BITSET wakes those whose bits meet its own. */
// cpus: 1 2
#include "futex.h"

int main(void)
{
	struct waiter waiters[4];
	futex_word word = 0;
	static const uint32_t bits[] = {1, 2, 3, FUTEX_BITSET_MATCH_ANY};

	for (int index = 0; index < 4; index++)
		waiter_start(&waiters[index], &word, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, bits[index]);
	await_waiters(&word, FUTEX_PRIVATE_FLAG, 4);
	CALL(futex(&word, FUTEX_WAKE_BITSET | FUTEX_PRIVATE_FLAG, 10, 0, NULL, 2));
	WAIT_UNTIL(woken_count(waiters, 4) == 3);
	SHOW(atomic_load(&waiters[0].woken));
	CALL(futex(&word, FUTEX_WAKE_BITSET | FUTEX_PRIVATE_FLAG, 10, 0, NULL, 4));
	CALL(futex_wake(&word, 10));
	join_waiters(waiters, 4);
	return 0;
}
