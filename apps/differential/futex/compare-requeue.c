/* FUTEX_CMP_REQUEUE does nothing if the word has changed; otherwise it counts woken and moved ones. */
// cpus: 1 2
#include "futex.h"

int main(void)
{
	struct waiter waiters[4];
	futex_word first = 0, second = 77;

	CALL(futex(&first, FUTEX_CMP_REQUEUE | FUTEX_PRIVATE_FLAG, 1, 1, &second, 0));
	for (int index = 0; index < 4; index++)
		waiter_start(&waiters[index], &first, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 0);
	await_waiters(&first, FUTEX_PRIVATE_FLAG, 4);
	CALL(futex(&first, FUTEX_CMP_REQUEUE | FUTEX_PRIVATE_FLAG, 1, 10, &second, 5));
	CALL(futex(&first, FUTEX_CMP_REQUEUE | FUTEX_PRIVATE_FLAG, 1, 2, &second, 0));
	WAIT_UNTIL(woken_count(waiters, 4) == 1);
	CALL(futex_wake(&second, 10));
	WAIT_UNTIL(woken_count(waiters, 4) == 3);
	CALL(futex_wake(&first, 10));
	join_waiters(waiters, 4);
	SHOW(waiters[3].result);
	return 0;
}
