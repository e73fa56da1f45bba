/* FUTEX_LOCK_PI without others: the word becomes the thread's number; wrong owners are refused. */
#include "futex.h"

int main(void)
{
	futex_word word = 0;
	uint32_t self = (uint32_t)syscall(SYS_gettid);

	CALL(futex(&word, FUTEX_UNLOCK_PI, 0, 0, NULL, 0));
	CALL(futex(&word, FUTEX_LOCK_PI, 0, 0, NULL, 0));
	HOLDS(atomic_load(&word) == self);
	CALL(futex(&word, FUTEX_LOCK_PI, 0, 0, NULL, 0));
	CALL(futex(&word, FUTEX_TRYLOCK_PI, 0, 0, NULL, 0));
	CALL(futex(&word, FUTEX_UNLOCK_PI, 0, 0, NULL, 0));
	SHOW(atomic_load(&word));
	CALL(futex(&word, FUTEX_TRYLOCK_PI, 0, 0, NULL, 0));
	HOLDS(atomic_load(&word) == self);
	CALL(futex(&word, FUTEX_UNLOCK_PI | FUTEX_PRIVATE_FLAG, 0, 0, NULL, 0));
	atomic_store(&word, 0x3ffffff0);
	CALL(futex(&word, FUTEX_LOCK_PI, 0, 0, NULL, 0));
	CALL(futex(&word, FUTEX_UNLOCK_PI, 0, 0, NULL, 0));
	return 0;
}
