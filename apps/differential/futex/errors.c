/* Unknown operations, unaligned words, words that are not memory, times that are none. */
#include "futex.h"

int main(void)
{
	_Alignas(8) char bytes[16] = {0};
	futex_word word = 0, *crooked = (futex_word *)(bytes + 1), *nowhere = (futex_word *)16;
	struct timespec wrong = {.tv_nsec = 1000000000}, negative = {.tv_sec = -1};

	CALL(futex(&word, 99, 0, 0, NULL, 0));
	CALL(futex(&word, FUTEX_FD, 0, 0, NULL, 0));
	CALL(futex(crooked, FUTEX_WAIT, 0, 0, NULL, 0));
	CALL(futex(crooked, FUTEX_WAKE, 1, 0, NULL, 0));
	CALL(futex(NULL, FUTEX_WAIT, 0, 0, NULL, 0));
	CALL(futex(nowhere, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 0, 0, NULL, 0));
	CALL(futex(nowhere, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, 0, NULL, 0));
	CALL(futex_wait(&word, 0, &wrong));
	CALL(futex_wait(&word, 0, &negative));
	CALL(futex_wait(&word, 0, (struct timespec *)16));
	CALL(futex(&word, FUTEX_WAIT_BITSET, 0, 0, NULL, 0));
	CALL(futex(&word, FUTEX_WAKE_BITSET, 1, 0, NULL, 0));
	CALL(futex(&word, FUTEX_WAKE | FUTEX_CLOCK_REALTIME, 1, 0, NULL, 0));
	CALL(futex(&word, FUTEX_REQUEUE, -1, 1, &word, 0));
	CALL(futex(&word, FUTEX_CMP_REQUEUE, 1, -1, &word, 0));
	CALL(futex(&word, FUTEX_CMP_REQUEUE, 1, 1, crooked, 0));
	return 0;
}
