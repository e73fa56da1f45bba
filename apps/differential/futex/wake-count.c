/* FUTEX_WAKE wakes as many as it says and tells how many there were. */
// cpus: 1 2
#include "futex.h"

int main(void)
{
	struct waiter waiters[5];
	futex_word word = 0;

	for (int index = 0; index < 5; index++)
		waiter_start(&waiters[index], &word, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 0);
	await_waiters(&word, FUTEX_PRIVATE_FLAG, 5);
	CALL(futex_wake(&word, 2));
	WAIT_UNTIL(woken_count(waiters, 5) == 2);
	CALL(waiting_count(&word, FUTEX_PRIVATE_FLAG));
	CALL(futex_wake(&word, 1));
	CALL(futex_wake(&word, INT_MAX));
	join_waiters(waiters, 5);
	CALL(futex_wake(&word, INT_MAX));
	for (int index = 0; index < 5; index++)
		SHOW(waiters[index].result);
	return 0;
}
