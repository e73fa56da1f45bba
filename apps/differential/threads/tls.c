/* Each thread has its own copies of thread-local variables, initialised, aligned, and gone with it. */
// libc: both
// cpus: 1 2
#include "differ.h"
#include <pthread.h>

static __thread int initialised = 42;
static __thread int zero;
static __thread char text[32] = "thread-local text";
static __thread _Alignas(64) long aligned[8] = {1, 2, 3, 4, 5, 6, 7, 8};
static atomic_int wrong;

static void *work(void *argument)
{
	long sum = 0;

	for (int index = 0; index < 8; index++)
		sum += aligned[index];
	if (initialised != 42 || zero != 0 || strcmp(text, "thread-local text") || sum != 36 || (uintptr_t)aligned % 64)
		atomic_fetch_add(&wrong, 1);
	initialised = zero = (int)(long)argument;
	memset(text, 'x', 5);
	sched_yield();
	if (initialised != (int)(long)argument || zero != (int)(long)argument)
		atomic_fetch_add(&wrong, 1);
	return &zero;
}

int main(void)
{
	pthread_t threads[10];

	initialised = 7;
	for (long index = 0; index < 10; index++)
		NEED(pthread_create(&threads[index], NULL, work, (void *)index) == 0);
	for (int index = 0; index < 10; index++)
		pthread_join(threads[index], NULL);
	SHOW(atomic_load(&wrong));
	SHOW(initialised);
	HOLDS((uintptr_t)aligned % 64 == 0);
	puts(text);
	return 0;
}
