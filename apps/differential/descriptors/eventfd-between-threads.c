/* A thread that waits in read of an eventfd is woken by a write; a writer at the greatest value by a read. */
// cpus: 1 2
#include "differ.h"
#include <pthread.h>
#include <sys/eventfd.h>

static int there, back;

static void *answer(void *argument)
{
	uint64_t value;

	for (int round = 0; round < 200; round++) {
		NEED(read(there, &value, 8) == 8);
		value *= 2;
		NEED(write(back, &value, 8) == 8);
	}
	value = UINT64_MAX - 1;
	NEED(write(back, &value, 8) == 8);
	value = 5;
	NEED(write(back, &value, 8) == 8);
	return argument;
}

int main(void)
{
	uint64_t value;
	pthread_t thread;
	int wrong = 0;

	there = eventfd(0, 0);
	back = eventfd(0, 0);
	NEED(pthread_create(&thread, NULL, answer, NULL) == 0);
	for (uint64_t round = 1; round <= 200; round++) {
		value = round;
		NEED(write(there, &value, 8) == 8 && read(back, &value, 8) == 8);
		wrong += value != 2 * round;
	}
	SHOW(wrong);
	pause_ms(5);
	NEED(read(back, &value, 8) == 8);
	HOLDS(value == UINT64_MAX - 1);
	NEED(read(back, &value, 8) == 8);
	SHOW(value);
	pthread_join(thread, NULL);
	return 0;
}
