/* Two threads hand a turn to each other; the order is exact. */
// libc: both
// cpus: 1 2
#include "differ.h"
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int turn;

static void *play(void *argument)
{
	int side = (int)(long)argument;

	for (int round = 0; round < 6; round++) {
		pthread_mutex_lock(&lock);
		while (turn != side)
			pthread_cond_wait(&changed, &lock);
		printf("round %d: side %d\n", round, side);
		turn = !side;
		pthread_cond_signal(&changed);
		pthread_mutex_unlock(&lock);
	}
	return NULL;
}

int main(void)
{
	pthread_t other;

	NEED(pthread_create(&other, NULL, play, (void *)1) == 0);
	play((void *)0);
	pthread_join(other, NULL);
	return 0;
}
