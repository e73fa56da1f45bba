/* A thread in poll is woken by a write, by an event and by a hang-up. */
// cpus: 1 2
#include "differ.h"
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>

static int ends[2], event;
static atomic_int round_number;

static void *poll_on(void *argument)
{
	for (int round = 0; round < 3; round++) {
		struct pollfd polled[2] = {{.fd = ends[0], .events = POLLIN}, {.fd = event, .events = POLLIN}};
		uint64_t value;
		atomic_store(&round_number, round + 1);
		int count = poll(polled, 2, 10000);
		printf("%d ready: %#x %#x\n", count, polled[0].revents, polled[1].revents);
		if (polled[0].revents & POLLIN)
			NEED(read(ends[0], &value, 1) == 1);
		if (polled[1].revents & POLLIN)
			NEED(read(event, &value, 8) == 8);
	}
	return argument;
}

int main(void)
{
	uint64_t one = 1;
	pthread_t thread;

	NEED(pipe(ends) == 0 && (event = eventfd(0, 0)) >= 0);
	NEED(pthread_create(&thread, NULL, poll_on, NULL) == 0);
	WAIT_UNTIL(atomic_load(&round_number) == 1);
	pause_ms(5);
	NEED(write(ends[1], "x", 1) == 1);
	WAIT_UNTIL(atomic_load(&round_number) == 2);
	pause_ms(5);
	NEED(write(event, &one, 8) == 8);
	WAIT_UNTIL(atomic_load(&round_number) == 3);
	pause_ms(5);
	close(ends[1]);
	pthread_join(thread, NULL);
	return 0;
}
