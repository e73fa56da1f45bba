/* Threads that never give up the processor share it: one that waits for another in a loop gets to see what it waits for. */
// cpus: 1 2
#include "differ.h"
#include <pthread.h>

static atomic_int stage;

static void *work(void *argument)
{
	int wanted = (int)(long)argument;

	while (atomic_load(&stage) != wanted)
		atomic_signal_fence(memory_order_seq_cst);
	atomic_store(&stage, wanted + 1);
	return NULL;
}

int main(void)
{
	pthread_t threads[4];

	for (long index = 3; index >= 0; index--)
		NEED(pthread_create(&threads[index], NULL, work, (void *)index) == 0);
	while (atomic_load(&stage) != 4)
		atomic_signal_fence(memory_order_seq_cst);
	for (int index = 0; index < 4; index++)
		pthread_join(threads[index], NULL);
	SHOW(atomic_load(&stage));
	return 0;
}
