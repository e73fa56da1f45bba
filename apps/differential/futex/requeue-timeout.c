/* A waiter that was moved to another word keeps its time limit. */
// cpus: 1 2
#include "futex.h"

static futex_word first, second;

static void *wait_with_limit(void *argument)
{
	struct timespec limit = timespec_of_ms(1500);

	(void)argument;
	CALL(futex_wait(&first, 0, &limit));
	return NULL;
}

int main(void)
{
	pthread_t thread;

	NEED(pthread_create(&thread, NULL, wait_with_limit, NULL) == 0);
	WAIT_UNTIL(futex(&first, FUTEX_CMP_REQUEUE | FUTEX_PRIVATE_FLAG, 0, 1, &second, 0) == 1);
	pthread_join(thread, NULL);
	CALL(futex_wake(&second, 1));
	return 0;
}
