/* Processor time never goes back: not even somebody who looks at the moment of a switch sees a sleep counted, or a slice twice. */
// cpus: 1 2 4
#include "differ.h"
#include <pthread.h>

#define SLEEPERS 3
#define ROUNDS 300

static clockid_t clocks[SLEEPERS];
static atomic_int begun, ended;

static long read_ns(clockid_t clock)
{
	struct timespec time;
	NEED(clock_gettime(clock, &time) == 0);
	return time.tv_sec * 1000000000l + time.tv_nsec;
}

static void *sleep_often(void *argument)
{
	int index = (int)(intptr_t)argument;
	struct timespec nap = {.tv_nsec = 200000};

	NEED(pthread_getcpuclockid(pthread_self(), &clocks[index]) == 0);
	begun++;
	for (int i = 0; i < ROUNDS; i++)
		nanosleep(&nap, NULL);
	ended++;
	while (ended < SLEEPERS + 1)
		nanosleep(&nap, NULL);
	return NULL;
}

int main(void)
{
	pthread_t threads[SLEEPERS];
	long last[SLEEPERS] = {0}, back = 0;

	for (intptr_t i = 0; i < SLEEPERS; i++)
		NEED(pthread_create(&threads[i], NULL, sleep_often, (void *)i) == 0);
	while (begun < SLEEPERS)
		sched_yield();
	while (ended < SLEEPERS) {
		for (int i = 0; i < SLEEPERS; i++) {
			long now = read_ns(clocks[i]);
			back += now < last[i];
			last[i] = now;
		}
	}
	SHOW((int)back);
	ended++;
	for (int i = 0; i < SLEEPERS; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
