/* Pipes, eventfds and epoll among threads: every message arrives once and in its sender's order, every event is counted. */
#include "stress.h"
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

enum { SENDERS = THREADS / 2, MESSAGES = 60, EVENTS = 60, LONG_BYTES = 200000 };

struct message {
	uint32_t sender, number;
	uint64_t check;
};

static int queues[SENDERS][2], events;
static int poller;
static _Atomic unsigned received, posted, taken;
static pthread_mutex_t reading[SENDERS];
static uint32_t next_number[SENDERS];

static void send_messages(struct worker *self)
{
	for (uint32_t number = 0; number < MESSAGES; number++) {
		struct message message = { self->index, number, number * 31ull + self->index };
		NEED_EQUAL(write(queues[self->index][1], &message, sizeof message), sizeof message);
		if (random_below(&self->random, 8) == 0)
			sched_yield();
	}
}

static void take_message(uint32_t from)
{
	struct message message;

	pthread_mutex_lock(&reading[from]);
	ssize_t length = read(queues[from][0], &message, sizeof message);
	if (length == -1) {
		/* Another reader was faster. */
		NEED_EQUAL(errno, EAGAIN);
	} else {
		NEED_EQUAL(length, sizeof message);
		NEED_EQUAL(message.sender, from);
		NEED_EQUAL(message.number, next_number[from]);
		NEED_EQUAL(message.check, message.number * 31ull + from);
		next_number[from]++;
		atomic_fetch_add(&received, 1);
	}
	pthread_mutex_unlock(&reading[from]);
}

static void receive_messages(void)
{
	while (atomic_load(&received) < SENDERS * MESSAGES) {
		struct epoll_event ready[SENDERS];
		int count = epoll_wait(poller, ready, SENDERS, 5);
		NEED(count >= 0);
		for (int index = 0; index < count; index++)
			take_message(ready[index].data.u32);
	}
}

static void *send_or_receive(void *argument)
{
	struct worker *self = argument;

	if (self->index < SENDERS)
		send_messages(self);
	else
		receive_messages();
	return NULL;
}

/* An eventfd as a semaphore: as many are taken as are posted. */
static void *post_or_take(void *argument)
{
	struct worker *self = argument;

	for (int step = 0; step < EVENTS; step++) {
		uint64_t value = 1;
		if (self->index < SENDERS) {
			NEED_EQUAL(write(events, &value, sizeof value), sizeof value);
			atomic_fetch_add(&posted, 1);
		} else {
			NEED_EQUAL(read(events, &value, sizeof value), sizeof value);
			NEED_EQUAL(value, 1);
			atomic_fetch_add(&taken, 1);
		}
	}
	return NULL;
}

/* More bytes than a pipe holds: the writer waits for the reader and the reader for the writer. */
static void *stream(void *argument)
{
	struct worker *self = argument;
	int *ends = queues[self->index % SENDERS];
	unsigned char buffer[3000];

	for (size_t done = 0; done < LONG_BYTES;) {
		size_t length = 1 + random_below(&self->random, sizeof buffer);
		length = length < LONG_BYTES - done ? length : LONG_BYTES - done;
		if (self->index < SENDERS) {
			for (size_t at = 0; at < length; at++)
				buffer[at] = (unsigned char)((done + at) * 7);
			ssize_t written = write(ends[1], buffer, length);
			NEED_EQUAL(written, length);
			done += length;
		} else {
			ssize_t got = read(ends[0], buffer, length);
			NEED(got > 0);
			for (ssize_t at = 0; at < got; at++)
				NEED_EQUAL(buffer[at], (unsigned char)((done + (size_t)at) * 7));
			done += (size_t)got;
		}
	}
	return NULL;
}

/* For receive_messages, the reading ends do not wait and stand in the epoll set; level-triggered, since readers take one message each. */
static void open_all(int is_polled)
{
	for (uint32_t index = 0; index < SENDERS; index++) {
		NEED_EQUAL(pipe(queues[index]), 0);
		next_number[index] = 0;
		if (!is_polled)
			continue;
		struct epoll_event wanted = { .events = EPOLLIN, .data.u32 = index };
		NEED_EQUAL(fcntl(queues[index][0], F_SETFL, O_NONBLOCK), 0);
		NEED_EQUAL(epoll_ctl(poller, EPOLL_CTL_ADD, queues[index][0], &wanted), 0);
	}
}

static void close_all(void)
{
	for (uint32_t index = 0; index < SENDERS; index++) {
		close(queues[index][0]);
		close(queues[index][1]);
	}
}

static void round_of_pipes(uint64_t round)
{
	received = posted = taken = 0;
	poller = epoll_create1(0);
	NEED(poller >= 0);
	open_all(1);
	run_workers(round, send_or_receive);
	NEED_EQUAL(received, SENDERS * MESSAGES);
	close_all();
	close(poller);

	events = eventfd(0, EFD_SEMAPHORE);
	NEED(events >= 0);
	run_workers(round, post_or_take);
	NEED_EQUAL(posted, taken);
	close(events);

	open_all(0);
	run_workers(round, stream);
	close_all();
}

int main(int argc, char **argv)
{
	for (int index = 0; index < SENDERS; index++)
		NEED_EQUAL(pthread_mutex_init(&reading[index], NULL), 0);
	return stress(argc, argv, round_of_pipes);
}
