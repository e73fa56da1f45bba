/* Waiting at POSIX message queues: hand-over to who waits, timeouts on the clock of day, signals with and without SA_RESTART, poll and epoll. */
// cpus: 1 2
#include "alarms.h"
#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>

static mqd_t queue;
static char name[64];
static atomic_int began, received;
static char text[8192];

static bool sleeps(int tid)
{
	char path[64], line[256], *end;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	NEED((file = fopen(path, "r")) != NULL);
	NEED(fgets(line, sizeof(line), file) != NULL);
	fclose(file);
	NEED((end = strrchr(line, ')')) != NULL);
	return end[2] == 'S';
}

static void *receiver(void *argument)
{
	char own[8192];
	ssize_t *bytes = argument;

	began = syscall(SYS_gettid);
	*bytes = mq_receive(queue, own, sizeof(own), NULL);
	received++;
	return NULL;
}

static void *sender(void *argument)
{
	int result;

	began = syscall(SYS_gettid);
	result = mq_send(queue, argument, strlen(argument), 9);
	NEED(result == 0);
	return NULL;
}

static pthread_t begin(void *(*run)(void *), void *argument)
{
	pthread_t thread;

	began = 0;
	NEED(pthread_create(&thread, NULL, run, argument) == 0);
	WAIT_UNTIL(began != 0);
	WAIT_UNTIL(sleeps(began));
	return thread;
}

static long current(void)
{
	struct mq_attr attributes;

	NEED(mq_getattr(queue, &attributes) == 0);
	return attributes.mq_curmsgs;
}

static void hand_over(void)
{
	ssize_t bytes[2] = {0, 0};
	pthread_t first = begin(receiver, &bytes[0]), second = begin(receiver, &bytes[1]);

	CALL(mq_send(queue, "12345", 5, 0));
	pthread_join(first, NULL);
	SHOW(received);
	SHOW(bytes[0]);
	SHOW(current());
	CALL(mq_send(queue, "123", 3, 0));
	pthread_join(second, NULL);
	SHOW(bytes[1]);
	for (int i = 0; i < 10; i++)
		NEED(mq_send(queue, "x", 1, 1) == 0);
	first = begin(sender, "first");
	second = begin(sender, "second one");
	CALL(mq_receive(queue, text, sizeof(text), NULL));
	SHOW(current());
	pthread_join(first, NULL);
	CALL(mq_receive(queue, text, sizeof(text), NULL));
	pthread_join(second, NULL);
	CALL(mq_receive(queue, text, sizeof(text), NULL));
	SHOW(current());
}

static void ends(void)
{
	struct timespec soon = in_ms(CLOCK_REALTIME, 2), past = {1, 0};

	while (current() > 0)
		NEED(mq_receive(queue, text, sizeof(text), NULL) >= 0);
	CALL(mq_timedreceive(queue, text, sizeof(text), NULL, &soon));
	CALL(mq_timedreceive(queue, text, sizeof(text), NULL, &past));
	alarms_begin(count_alarm, 0);
	CALL(mq_receive(queue, text, sizeof(text), NULL));
	soon = in_ms(CLOCK_REALTIME, 1000000);
	CALL(mq_timedreceive(queue, text, sizeof(text), NULL, &soon));
	alarms_begin(count_alarm, SA_RESTART);
	/* Starts again, with the same point in time. */
	soon = in_ms(CLOCK_REALTIME, 60);
	CALL(mq_timedreceive(queue, text, sizeof(text), NULL, &soon));
	HOLDS(alarm_count > 0);
	alarms_end();
	for (int i = 0; i < 10; i++)
		NEED(mq_timedsend(queue, "x", 1, 1, &past) == 0);
	CALL(mq_timedsend(queue, "x", 1, 1, &past));
}

static void polls(void)
{
	struct pollfd one = {queue, POLLIN | POLLOUT, 0};
	struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET};
	int epoll = epoll_create1(0);
	pthread_t thread;

	CALL(poll(&one, 1, 0));
	printf("events %x\n", (unsigned)one.revents);
	NEED(epoll_ctl(epoll, EPOLL_CTL_ADD, queue, &event) == 0);
	CALL(epoll_wait(epoll, &event, 1, 0));
	printf("events %x\n", (unsigned)event.events);
	CALL(epoll_wait(epoll, &event, 1, 0));
	NEED(mq_receive(queue, text, sizeof(text), NULL) >= 0);
	CALL(epoll_wait(epoll, &event, 1, 0));
	printf("events %x\n", (unsigned)event.events);
	while (current() > 0)
		NEED(mq_receive(queue, text, sizeof(text), NULL) >= 0);
	one.events = POLLIN;
	CALL(poll(&one, 1, 0));
	began = 0;
	NEED(pthread_create(&thread, NULL, sender, "wakes") == 0);
	CALL(poll(&one, 1, -1));
	pthread_join(thread, NULL);
	one.events = POLLIN | POLLOUT;
	CALL(poll(&one, 1, 0));
	printf("events %x\n", (unsigned)one.revents);
}

int main(void)
{
	snprintf(name, sizeof(name), "/differ-%d", (int)getpid());
	NEED((queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, NULL)) >= 0);
	mq_unlink(name);
	hand_over();
	ends();
	polls();
	return 0;
}
