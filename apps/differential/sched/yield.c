/* sched_yield answers 0, alone and with others; everybody gets on. */
// cpus: 1 2
#include "differ.h"
#include <pthread.h>

static atomic_int turns[3];

static void *work(void *argument)
{
	for (int round = 0; round < 1000; round++) {
		if (sched_yield() != 0)
			puts("an error");
		atomic_fetch_add(&turns[(long)argument], 1);
	}
	return NULL;
}

int main(void)
{
	pthread_t threads[3];

	CALL(sched_yield());
	for (long index = 0; index < 3; index++)
		NEED(pthread_create(&threads[index], NULL, work, (void *)index) == 0);
	for (int index = 0; index < 3; index++) {
		pthread_join(threads[index], NULL);
		SHOW(atomic_load(&turns[index]));
	}
	return 0;
}
