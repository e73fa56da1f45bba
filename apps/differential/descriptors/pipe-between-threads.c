/* A megabyte through a pipe between threads arrives whole; the blocked side goes on each time. */
// cpus: 1 2
#include "differ.h"
#include <pthread.h>

static int ends[2];

static void *send_all(void *argument)
{
	unsigned char block[3000];
	unsigned value = 0;

	for (int round = 0; round < 350; round++) {
		for (size_t index = 0; index < sizeof block; index++)
			block[index] = (unsigned char)(value++ * 7);
		NEED(write(ends[1], block, sizeof block) == sizeof block);
	}
	close(ends[1]);
	return argument;
}

int main(void)
{
	unsigned char block[5000];
	long total = 0, wrong = 0, count;
	pthread_t thread;

	NEED(pipe(ends) == 0);
	NEED(pthread_create(&thread, NULL, send_all, NULL) == 0);
	while ((count = read(ends[0], block, sizeof block)) > 0)
		for (long index = 0; index < count; index++)
			wrong += block[index] != (unsigned char)(total++ * 7);
	SHOW(total);
	SHOW(wrong);
	pthread_join(thread, NULL);
	return 0;
}
