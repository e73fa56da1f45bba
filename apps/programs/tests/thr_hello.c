/* Two POSIX threads with a thread-local number each, while the main thread keeps its own. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define THREADS 2

static __thread int id = -1;

static void *greet(void *argument)
{
	id = *(int *)argument;
	printf("Hello thread!!! id = %d\n", id);
	return argument;
}

int main(void)
{
	pthread_t threads[THREADS];
	int numbers[THREADS];

	printf("Hello form main thread! id = %d\n", id);
	for (int i = 0; i < THREADS; i++) {
		int problem;

		numbers[i] = i;
		printf("Create thread %d\n", i);
		problem = pthread_create(&threads[i], NULL, greet, &numbers[i]);
		if (problem != 0) {
			fprintf(stderr, "thread %d could not be created: %s\n", i, strerror(problem));
			return 1;
		}
	}
	for (int i = 0; i < THREADS; i++) {
		void *result = NULL;

		if (pthread_join(threads[i], &result) != 0 || result != &numbers[i])
			return 1;
	}
	return id == -1 ? 0 : 1;
}
