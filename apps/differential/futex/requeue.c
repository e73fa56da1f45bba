/* FUTEX_REQUEUE wakes some and moves others to a second word, where they are woken. */
// cpus: 1 2
#include "futex.h"

int main(void)
{
	struct waiter waiters[5];
	futex_word first = 0, second = 0;

	for (int index = 0; index < 5; index++)
		waiter_start(&waiters[index], &first, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 0);
	await_waiters(&first, FUTEX_PRIVATE_FLAG, 5);
	CALL(futex(&first, FUTEX_REQUEUE | FUTEX_PRIVATE_FLAG, 1, 2, &second, 0));
	WAIT_UNTIL(woken_count(waiters, 5) == 1);
	CALL(waiting_count(&first, FUTEX_PRIVATE_FLAG));
	CALL(waiting_count(&second, FUTEX_PRIVATE_FLAG));
	CALL(futex_wake(&second, 10));
	WAIT_UNTIL(woken_count(waiters, 5) == 3);
	CALL(futex(&first, FUTEX_REQUEUE | FUTEX_PRIVATE_FLAG, 0, 1, &second, 0));
	CALL(futex_wake(&first, 10));
	CALL(futex_wake(&second, 10));
	join_waiters(waiters, 5);
	return 0;
}
