/* Several threads call execve at the same moment: one program starts, once. */
// libc: both
// cpus: 1 2 4
#include "exec.h"
#include <pthread.h>

#define THREADS 6

static pthread_barrier_t barrier;

static void *replace(void *step)
{
	pthread_barrier_wait(&barrier);
	start(SELF, (int)(intptr_t)step + 1, NULL);
	return NULL;
}

int main(int count, char **arguments)
{
	int step = step_of(count, arguments);
	pthread_t threads[THREADS];

	printf("step %d, threads %ld\n", step, status_value("Threads"));
	if (step == 20)
		return 3;
	pthread_barrier_init(&barrier, NULL, THREADS);
	for (int index = 0; index < THREADS; index++)
		NEED(pthread_create(&threads[index], NULL, replace, (void *)(intptr_t)step) == 0);
	for (int index = 0; index < THREADS; index++)
		pthread_join(threads[index], NULL);
	return 1;
}
