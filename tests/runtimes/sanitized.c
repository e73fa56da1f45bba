/* With AddressSanitizer, whose shadow memory is 16 TiB of the address space: threads that allocate, and what it knows of memory. */
#include <pthread.h>
#include <sanitizer/asan_interface.h>
#include <stdio.h>
#include <stdlib.h>

enum { THREADS = 4, ROUNDS = 20000, MOST_BYTES = 1000 };

static void *allocate(void *argument)
{
	char *memory = malloc(1);

	for (int round = 0; round < ROUNDS; round++) {
		free(memory);
		memory = malloc(round % MOST_BYTES + 1);
		memory[round % MOST_BYTES] = 1;
	}
	free(memory);
	return argument;
}

int main(void)
{
	pthread_t threads[THREADS];
	char *memory = malloc(10);
	char local[3] = "";

	for (int index = 0; index < THREADS; index++)
		pthread_create(&threads[index], NULL, allocate, NULL);
	for (int index = 0; index < THREADS; index++)
		pthread_join(threads[index], NULL);
	printf("inside %d, behind %d\n", __asan_address_is_poisoned(memory + 9), __asan_address_is_poisoned(memory + 10));
	printf("behind a local %d\n", __asan_address_is_poisoned(local + 3));
	free(memory);
	printf("freed %d\n", __asan_address_is_poisoned(memory));
	fflush(stdout);
	return memory[0];
}
