/* FUTEX_WAIT on another value returns at once, and nobody waiting means that nobody is woken. */
#include "futex.h"

int main(void)
{
	futex_word word = 5;

	CALL(futex_wait(&word, 4, NULL));
	CALL(futex(&word, FUTEX_WAIT, 4, 0, NULL, 0));
	CALL(futex_wake(&word, 1));
	CALL(futex_wake(&word, 0));
	CALL(futex_wake(&word, INT_MAX));
	CALL(futex(&word, FUTEX_WAKE, 1, 0, NULL, 0));
	SHOW(atomic_load(&word));
	return 0;
}
