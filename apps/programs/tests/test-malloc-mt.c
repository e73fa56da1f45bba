/* Two threads allocate and free at the same time; every block must keep what its thread wrote into it. */
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define THREADS 2
#define ITERATIONS 10000
#define LIVE_BLOCKS 64
#define LARGEST 8192

struct block {
	unsigned char *bytes;
	size_t size;
	unsigned char mark;
};

static int is_intact(const struct block *block)
{
	return block->bytes == NULL || (block->bytes[0] == block->mark && block->bytes[block->size - 1] == block->mark);
}

static void *allocate(void *argument)
{
	long number = (long)argument;
	struct block blocks[LIVE_BLOCKS] = {{NULL, 0, 0}};
	unsigned int state = (unsigned int)number + 1;
	long broken = 0;

	printf("Hello World! It's me, thread %ld!\n", number);
	for (int i = 0; i < ITERATIONS; i++) {
		struct block *block = &blocks[i % LIVE_BLOCKS];

		broken += !is_intact(block);
		free(block->bytes);
		state = state * 1664525u + 1013904223u;
		block->size = 1 + (state >> 8) % LARGEST;
		block->mark = (unsigned char)(number * 100 + i % 100);
		block->bytes = malloc(block->size);
		if (block->bytes == NULL)
			return (void *)1;
		memset(block->bytes, block->mark, block->size);
	}
	for (int i = 0; i < LIVE_BLOCKS; i++) {
		broken += !is_intact(&blocks[i]);
		free(blocks[i].bytes);
	}
	printf("malloc_stats from thread %ld:\n", number);
	fflush(stdout);
	malloc_stats();
	return (void *)broken;
}

int main(void)
{
	pthread_t threads[THREADS];

	for (long i = 0; i < THREADS; i++) {
		printf("In main: creating thread %ld\n", i);
		if (pthread_create(&threads[i], NULL, allocate, (void *)i) != 0) {
			fprintf(stderr, "thread %ld could not be created\n", i);
			return 1;
		}
	}
	for (int i = 0; i < THREADS; i++) {
		void *broken = NULL;

		if (pthread_join(threads[i], &broken) != 0 || broken != NULL) {
			fprintf(stderr, "thread %d found broken blocks\n", i);
			return 1;
		}
	}
	printf("All threads completed successfully\n");
	return 0;
}
