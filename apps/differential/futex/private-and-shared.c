/* Private and shared waits for one word of anonymous memory do not meet. */
// cpus: 1 2
#include "futex.h"

int main(void)
{
	struct waiter private_one, shared_one;
	futex_word word = 0;

	waiter_start(&private_one, &word, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 0);
	await_waiters(&word, FUTEX_PRIVATE_FLAG, 1);
	CALL(futex(&word, FUTEX_WAKE, 10, 0, NULL, 0));
	waiter_start(&shared_one, &word, FUTEX_WAIT, 0);
	await_waiters(&word, 0, 1);
	CALL(futex(&word, FUTEX_WAKE, 10, 0, NULL, 0));
	CALL(futex_wake(&word, 10));
	join_waiters(&private_one, 1);
	join_waiters(&shared_one, 1);
	return 0;
}
