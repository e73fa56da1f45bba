/* Waiters of one priority are woken in the order in which they came. */
// cpus: 1 2
#include "futex.h"

int main(void)
{
	struct waiter waiters[6];
	futex_word word = 0;

	for (int index = 0; index < 6; index++) {
		waiter_start(&waiters[index], &word, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 0);
		await_waiters(&word, FUTEX_PRIVATE_FLAG, index + 1);
	}
	/* Asking has moved them in a circle; the order among them is the same. */
	for (int round = 0; round < 6; round++) {
		NEED(futex_wake(&word, 1) == 1);
		WAIT_UNTIL(woken_count(waiters, 6) == round + 1);
		for (int index = 0; index < 6; index++)
			putchar(atomic_load(&waiters[index].woken) ? '0' + index : '.');
		putchar('\n');
	}
	join_waiters(waiters, 6);
	return 0;
}
