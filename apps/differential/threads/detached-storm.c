/* Hundreds of detached threads come and go while others work; all have run. */
// libc: both
// cpus: 1 2
#include "differ.h"
#include <pthread.h>

static atomic_int finished;

static void *work(void *argument)
{
	atomic_fetch_add(&finished, 1);
	return argument;
}

int main(void)
{
	pthread_attr_t attributes;
	pthread_t thread;
	int started = 0;

	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attributes, 128 * KIB);
	for (int round = 0; round < 400; round++) {
		NEED(pthread_create(&thread, &attributes, work, NULL) == 0);
		started++;
		if (started - atomic_load(&finished) > 50)
			WAIT_UNTIL(started - atomic_load(&finished) < 10);
	}
	WAIT_UNTIL(atomic_load(&finished) == started);
	SHOW(started);
	return 0;
}
