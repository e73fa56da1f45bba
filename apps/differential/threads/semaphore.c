/* Unnamed semaphores: counting, trying, timed waits, the greatest value. */
// libc: both
#include "differ.h"
#include <semaphore.h>

int main(void)
{
	struct timespec soon = in_ms(CLOCK_REALTIME, 10), past = {.tv_sec = 1}, wrong = {.tv_nsec = -1};
	sem_t semaphore;
	int value;

	CALL(sem_init(&semaphore, 0, 2));
	CALL(sem_getvalue(&semaphore, &value));
	SHOW(value);
	CALL(sem_wait(&semaphore));
	CALL(sem_trywait(&semaphore));
	CALL(sem_trywait(&semaphore));
	CALL(sem_timedwait(&semaphore, &soon));
	CALL(sem_timedwait(&semaphore, &past));
	CALL(sem_timedwait(&semaphore, &wrong));
	CALL(sem_post(&semaphore));
	CALL(sem_timedwait(&semaphore, &past));
	CALL(sem_init(&semaphore, 0, SEM_VALUE_MAX));
	CALL(sem_post(&semaphore));
	CALL(sem_init(&semaphore, 0, SEM_VALUE_MAX + 1u));
	CALL(sem_destroy(&semaphore));
	return 0;
}
