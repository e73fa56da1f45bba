/* tgkill reaches exactly the thread that it names. */
// cpus: 1 2
#include "differ.h"
#include <pthread.h>

static _Thread_local int index_of_thread = -1;
static atomic_int hits[4], ready, finish;

static void handler(int number)
{
	(void)number;
	if (index_of_thread >= 0)
		atomic_fetch_add(&hits[index_of_thread], 1);
}

static void *work(void *argument)
{
	index_of_thread = (int)(long)argument;
	atomic_fetch_add(&ready, 1);
	WAIT_UNTIL(atomic_load(&finish));
	return NULL;
}

int main(void)
{
	pthread_t threads[4];

	signal(SIGUSR1, handler);
	for (long index = 0; index < 4; index++)
		NEED(pthread_create(&threads[index], NULL, work, (void *)index) == 0);
	WAIT_UNTIL(atomic_load(&ready) == 4);
	for (int index = 0; index < 4; index++)
		for (int time = 0; time <= index; time++) {
			THREAD_CALL(pthread_kill(threads[index], SIGUSR1));
			WAIT_UNTIL(atomic_load(&hits[index]) == time + 1);
		}
	atomic_store(&finish, 1);
	for (int index = 0; index < 4; index++) {
		pthread_join(threads[index], NULL);
		SHOW(atomic_load(&hits[index]));
	}
	return 0;
}
