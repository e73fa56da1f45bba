/* Two threads alternate by two semaphores. */
// libc: both
// cpus: 1 2
#include "differ.h"
#include <pthread.h>
#include <semaphore.h>

static sem_t ping, pong;
static int steps[400], count;

static void *answer(void *argument)
{
	for (int round = 0; round < 200; round++) {
		sem_wait(&ping);
		steps[count++] = 1;
		sem_post(&pong);
	}
	return argument;
}

int main(void)
{
	pthread_t thread;
	int in_order = 1;

	NEED(sem_init(&ping, 0, 0) == 0 && sem_init(&pong, 0, 0) == 0);
	NEED(pthread_create(&thread, NULL, answer, NULL) == 0);
	for (int round = 0; round < 200; round++) {
		sem_post(&ping);
		sem_wait(&pong);
		steps[count++] = 2;
	}
	pthread_join(thread, NULL);
	for (int index = 0; index < count; index++)
		in_order &= steps[index] == 1 + index % 2;
	SHOW(count);
	HOLDS(in_order);
	return 0;
}
