/* FUTEX_WAKE_OP wakes those of the second word only if its old value compares. */
// cpus: 1 2
#include "futex.h"

static void compare(const char *name, uint32_t old, int comparison, int against)
{
	struct waiter on_first, on_second;
	futex_word first = 0, second = 0;

	waiter_start(&on_first, &first, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 0);
	waiter_start(&on_second, &second, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 0);
	await_waiters(&first, FUTEX_PRIVATE_FLAG, 1);
	await_waiters(&second, FUTEX_PRIVATE_FLAG, 1);
	atomic_store(&second, old);
	long woken = futex(&first, FUTEX_WAKE_OP | FUTEX_PRIVATE_FLAG, 1, 1, &second, WAKE_OP(OP_ADD, 1, comparison, against));
	printf("%s: %ld woken, then %ld\n", name, woken, futex_wake(&second, 1));
	join_waiters(&on_first, 1);
	join_waiters(&on_second, 1);
}

int main(void)
{
	compare("3 == 3", 3, CMP_EQ, 3);
	compare("3 == 4", 3, CMP_EQ, 4);
	compare("3 != 4", 3, CMP_NE, 4);
	compare("3 < 4", 3, CMP_LT, 4);
	compare("-1 < 0", (uint32_t)-1, CMP_LT, 0);
	compare("4 <= 3", 4, CMP_LE, 3);
	compare("4 > 3", 4, CMP_GT, 3);
	compare("3 >= 4", 3, CMP_GE, 4);
	compare("0 > -1", 0, CMP_GT, -1);
	return 0;
}
