/* _exit ends threads that wait in futexes, pipes, sleeps and loops. */
// cpus: 1 2
#include "differ.h"
#include <pthread.h>

static atomic_int started;
static int ends[2];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *wait_for_lock(void *argument)
{
	atomic_fetch_add(&started, 1);
	pthread_mutex_lock(&lock);
	return argument;
}

static void *wait_for_pipe(void *argument)
{
	char byte;

	atomic_fetch_add(&started, 1);
	return read(ends[0], &byte, 1) ? argument : NULL;
}

static void *wait_for_time(void *argument)
{
	atomic_fetch_add(&started, 1);
	pause_ms(100000);
	return argument;
}

static void *loop(void *argument)
{
	atomic_fetch_add(&started, 1);
	while (atomic_load(&started))
		atomic_signal_fence(memory_order_seq_cst);
	return argument;
}

int main(void)
{
	static void *(*const bodies[])(void *) = {wait_for_lock, wait_for_pipe, wait_for_time, loop};
	pthread_t thread;

	NEED(pipe(ends) == 0);
	pthread_mutex_lock(&lock);
	for (size_t index = 0; index < ARRAY_LENGTH(bodies); index++)
		NEED(pthread_create(&thread, NULL, bodies[index], NULL) == 0);
	WAIT_UNTIL(atomic_load(&started) == 4);
	puts("all four are busy");
	_exit(23);
}
