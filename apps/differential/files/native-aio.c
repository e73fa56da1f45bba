/*
 * Linux's native asynchronous input and output without libaio: requests of every kind on a file, events in order, the ring that a program may read
 * itself, an eventfd that tells, and what is refused at once or by an event.
 */
#include "alarms.h"
#include <fcntl.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/uio.h>

struct iocb {
	uint64_t data;
	uint32_t key, rw_flags;
	uint16_t opcode;
	int16_t priority;
	uint32_t fd;
	uint64_t buffer, bytes;
	int64_t offset;
	uint64_t reserved;
	uint32_t flags, eventfd;
};
struct event {
	uint64_t data, object;
	int64_t result, second;
};
struct ring {
	uint32_t id, places, head, tail, magic, compatible, incompatible, header;
};

enum { PREAD, PWRITE, FSYNC, FDSYNC, PREADV = 7, PWRITEV };

static unsigned long context;
static struct event events[8];

static struct iocb request(int opcode, int fd, void *buffer, uint64_t bytes, int64_t offset, uint64_t data)
{
	return (struct iocb){.data = data, .opcode = opcode, .fd = fd, .buffer = (uintptr_t)buffer, .bytes = bytes, .offset = offset};
}

static long submit(struct iocb *one)
{
	return syscall(SYS_io_submit, context, 1, &one);
}

static long get(long least, long most, struct timespec *timeout)
{
	return syscall(SYS_io_getevents, context, least, most, events, timeout);
}

static void show(void)
{
	struct timespec none = {0, 0};
	long count = get(0, 8, &none);

	printf("%ld events:", count);
	for (long i = 0; i < count; i++)
		printf(" %llu %lld", (unsigned long long)events[i].data, (long long)events[i].result);
	putchar('\n');
}

static void transfers(int fd)
{
	char text[16] = "";
	struct iovec pieces[2] = {{"xy", 2}, {"z", 1}}, parts[2] = {{text, 3}, {text + 8, 4}};
	struct iocb all[5] = {
		request(PWRITE, fd, "hello", 5, 0, 1), request(PWRITEV, fd, pieces, 2, 5, 2), request(FSYNC, fd, NULL, 0, 0, 3),
		request(PREADV, fd, parts, 2, 1, 4),   request(PREAD, fd, text + 14, 2, 100, 5),
	};
	struct iocb *list[5] = {&all[0], &all[1], &all[2], &all[3], &all[4]};

	CALL(syscall(SYS_io_submit, context, 5, list));
	WAIT_UNTIL(((struct ring *)context)->tail == 5);
	CALL(get(5, 8, NULL));
	for (int i = 0; i < 5; i++)
		for (int j = 0; j < 5; j++)
			if (events[j].data == (uint64_t)i + 1)
				printf("%d: %lld, its request %d\n", i + 1, (long long)events[j].result,
				       events[j].object == (uintptr_t)&all[i]);
	printf("%.3s %.4s\n", text, text + 8);
}

static void ring(int fd)
{
	struct ring *head = (struct ring *)context;
	struct iocb one = request(FDSYNC, fd, NULL, 0, 0, 6), read = request(PREAD, fd, &(char){0}, 1, 0, 7);

	printf("magic %x, %x %x, header %u\n", head->magic, head->compatible, head->incompatible, head->header);
	HOLDS(head->places >= 9);
	CALL(submit(&read));
	HOLDS(head->tail == (head->head + 1) % head->places);
	/* As programs do that spare the call. */
	printf("by itself: %llu\n", (unsigned long long)((struct event *)(head + 1))[head->head].data);
	head->head = (head->head + 1) % head->places;
	show();
	CALL(submit(&one));
	CALL(get(1, 1, NULL));
	SHOW(events[0].data);
}

static void told(int fd)
{
	int counter = eventfd(0, EFD_NONBLOCK);
	struct iocb one = request(PREAD, fd, &(char){0}, 1, 0, 8);
	uint64_t value;

	one.flags = 1;
	one.eventfd = counter;
	CALL(submit(&one));
	CALL(submit(&one));
	CALL(read(counter, &value, 8));
	SHOW(value);
	one.eventfd = fd;
	CALL(submit(&one));
	one.eventfd = 999;
	CALL(submit(&one));
	show();
}

static void refused(int fd)
{
	int ends[2], reader = open("/proc/self/exe", O_RDONLY);
	struct iocb one;
	char byte = 0;

	NEED(pipe(ends) == 0);
	one = request(PREAD, 999, &byte, 1, 0, 1);
	CALL(submit(&one));
	one = request(PWRITE, reader, &byte, 1, 0, 1);
	CALL(submit(&one));
	one = request(PREAD, fd, &byte, 1, -1, 1);
	CALL(submit(&one));
	one = request(PREAD, fd, &byte, -1, 0, 1);
	CALL(submit(&one));
	one = request(77, fd, &byte, 1, 0, 1);
	CALL(submit(&one));
	one = request(FSYNC, fd, &byte, 0, 0, 1);
	CALL(submit(&one));
	one = request(PREAD, fd, &byte, 1, 0, 1);
	one.reserved = 1;
	CALL(submit(&one));
	CALL(submit((void *)8));
	CALL(syscall(SYS_io_submit, context, 1, (void *)8));
	CALL(syscall(SYS_io_submit, context, 0, NULL));
	CALL(syscall(SYS_io_submit, context, -1L, NULL));
	CALL(syscall(SYS_io_submit, 4096, 1, NULL));
	CALL(syscall(SYS_io_cancel, context, &one, events));
	CALL(get(2, 1, NULL));
	CALL(get(-1, 1, NULL));
	show();
	one = request(PWRITE, ends[1], "p", 1, 0, 2);
	CALL(submit(&one));
	one = request(PREAD, ends[0], &byte, 1, 0, 3);
	CALL(submit(&one));
	printf("%c\n", byte);
	show();
}

static atomic_int began;

static void *destroys(void *unused)
{
	(void)unused;
	WAIT_UNTIL(began);
	return (void *)syscall(SYS_io_destroy, context);
}

static void waits(void)
{
	struct timespec soon = {0, 2000000};
	pthread_t thread;

	CALL(get(1, 1, &soon));
	alarms_begin(count_alarm, SA_RESTART);
	CALL(get(1, 1, NULL));
	CALL(syscall(SYS_io_pgetevents, context, 1, 1, events, NULL, NULL));
	alarms_end();
	NEED(pthread_create(&thread, NULL, destroys, NULL) == 0);
	began = 1;
	CALL(get(1, 1, NULL));
	pthread_join(thread, NULL);
	CALL(syscall(SYS_io_destroy, context));
	CALL(get(0, 1, NULL));
}

int main(void)
{
	int fd = memfd_create("aio", 0);
	unsigned long again;

	NEED(fd >= 0);
	CALL(syscall(SYS_io_setup, 0, &context));
	CALL(syscall(SYS_io_setup, 70000, &context));
	CALL(syscall(SYS_io_setup, 0x400000, &context));
	CALL(syscall(SYS_io_setup, 0x400001, &context));
	CALL(syscall(SYS_io_setup, -1, &context));
	CALL(syscall(SYS_io_setup, 8, (void *)8));
	CALL(syscall(SYS_io_setup, 8, &context));
	again = context;
	CALL(syscall(SYS_io_setup, 8, &again));
	transfers(fd);
	ring(fd);
	told(fd);
	refused(fd);
	waits();
	return 0;
}
