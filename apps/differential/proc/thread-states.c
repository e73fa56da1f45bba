/* /proc/self/task/N/stat and status: S for a thread that waits, whatever for, R for one that runs. */
#include "differ.h"
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>

static atomic_int tid, goes_on;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static char state_of(int thread, const char *file)
{
	char path[64], text[512] = "", *place;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%d/%s", thread, file);
	NEED((fd = open(path, O_RDONLY)) >= 0);
	NEED(read(fd, text, sizeof(text) - 1) > 0);
	close(fd);
	place = strcmp(file, "stat") == 0 ? strrchr(text, ')') : strstr(text, "State:");
	NEED(place != NULL);
	return place[0] == ')' ? place[2] : place[7];
}

static void *fills_pipe(void *argument)
{
	static char bytes[1 << 20];
	int *ends = argument;

	tid = syscall(SYS_gettid);
	NEED(write(ends[1], bytes, sizeof(bytes)) > 0);
	return NULL;
}

static void *reads_pipe(void *argument)
{
	char byte;

	tid = syscall(SYS_gettid);
	NEED(read(((int *)argument)[0], &byte, 1) == 1);
	return NULL;
}

static void *polls(void *argument)
{
	struct pollfd one = {((int *)argument)[0], POLLIN, 0};

	tid = syscall(SYS_gettid);
	NEED(poll(&one, 1, -1) == 1);
	return NULL;
}

static void *locks(void *argument)
{
	(void)argument;
	tid = syscall(SYS_gettid);
	pthread_mutex_lock(&lock);
	pthread_mutex_unlock(&lock);
	return NULL;
}

static void *spins(void *argument)
{
	(void)argument;
	tid = syscall(SYS_gettid);
	while (!goes_on)
		sched_yield();
	return NULL;
}

static pthread_t begin(void *(*run)(void *), int *argument)
{
	pthread_t thread;

	tid = 0;
	NEED(pthread_create(&thread, NULL, run, argument) == 0);
	WAIT_UNTIL(tid != 0);
	return thread;
}

static void waits(const char *name)
{
	WAIT_UNTIL(state_of(tid, "stat") == 'S');
	printf("%s: %c\n", name, state_of(tid, "status"));
}

int main(void)
{
	static char bytes[1 << 20];
	int ends[2];
	pthread_t thread;

	NEED(pipe(ends) == 0);
	thread = begin(fills_pipe, ends);
	waits("writes to a full pipe");
	for (size_t rest = sizeof(bytes); rest > 0;)
		rest -= read(ends[0], bytes, rest);
	pthread_join(thread, NULL);
	thread = begin(reads_pipe, ends);
	waits("reads an empty pipe");
	NEED(write(ends[1], "x", 1) == 1);
	pthread_join(thread, NULL);
	thread = begin(polls, ends);
	waits("polls");
	NEED(write(ends[1], "x", 1) == 1);
	pthread_join(thread, NULL);
	pthread_mutex_lock(&lock);
	thread = begin(locks, NULL);
	waits("waits for a lock");
	pthread_mutex_unlock(&lock);
	pthread_join(thread, NULL);
	thread = begin(spins, NULL);
	printf("runs: %c\n", state_of(tid, "stat"));
	goes_on = 1;
	pthread_join(thread, NULL);
	printf("itself: %c %c\n", state_of(getpid(), "stat"), state_of(getpid(), "status"));
	return 0;
}
