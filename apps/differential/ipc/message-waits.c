/* Waiting at System V message queues: receivers by type in their order, senders for room, one whose buffer is too small; signals and removal. */
#include "alarms.h"
#include <pthread.h>
#include <sys/ipc.h>
#include <sys/msg.h>

struct message {
	long type;
	char text[8192];
};

struct job {
	long type;
	int flags;
	size_t bytes;
	ssize_t result;
	int error;
	struct message message;
	atomic_int began, ended;
	pthread_t thread;
};

static int queue;

static void *receiver(void *argument)
{
	struct job *job = argument;

	job->began = syscall(SYS_gettid);
	errno = 0;
	job->result = msgrcv(queue, &job->message, job->bytes, job->type, job->flags);
	job->error = errno;
	job->ended = 1;
	return NULL;
}

static void *sender(void *argument)
{
	struct job *job = argument;

	job->message.type = job->type;
	job->began = syscall(SYS_gettid);
	errno = 0;
	job->result = msgsnd(queue, &job->message, job->bytes, 0);
	job->error = errno;
	job->ended = 1;
	return NULL;
}

/* Whether the thread sleeps: it has come to where it waits. */
static bool sleeps(int tid)
{
	char path[64], line[256], *end;
	FILE *file;
	bool result;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	NEED((file = fopen(path, "r")) != NULL);
	NEED(fgets(line, sizeof(line), file) != NULL);
	fclose(file);
	NEED((end = strrchr(line, ')')) != NULL);
	result = end[2] == 'S';
	return result;
}

static void begin(struct job *job, void *(*run)(void *))
{
	NEED(pthread_create(&job->thread, NULL, run, job) == 0);
	WAIT_UNTIL(job->began != 0);
	WAIT_UNTIL(sleeps(job->began));
}

static void show(const char *name, struct job *job)
{
	pthread_join(job->thread, NULL);
	printf("%s: %zd %s, type %ld\n", name, job->result, job->error == EIDRM ? "EIDRM" : error_name(job->error), job->message.type);
}

static void receivers(void)
{
	static struct job two = {.type = 2, .bytes = 10}, except = {.type = 2, .flags = MSG_EXCEPT, .bytes = 10};
	static struct job small = {.type = -9, .bytes = 1}, any = {.flags = MSG_NOERROR, .bytes = 1};
	struct message message = {.type = 2};

	begin(&two, receiver);
	begin(&except, receiver);
	begin(&small, receiver);
	begin(&any, receiver);
	CALL(msgsnd(queue, &message, 5, 0));
	show("two", &two);
	CALL(msgsnd(queue, &message, 5, 0));
	show("too small", &small);
	show("any", &any);
	message.type = 4;
	CALL(msgsnd(queue, &message, 5, 0));
	show("except", &except);
}

static void senders(void)
{
	static struct job large = {.type = 1, .bytes = 8192}, later = {.type = 2, .bytes = 8000};
	static struct message message = {.type = 3};

	for (int i = 0; i < 2; i++)
		NEED(msgsnd(queue, &message, 8000, 0) == 0);
	begin(&large, sender);
	begin(&later, sender);
	CALL(msgsnd(queue, &message, 384, IPC_NOWAIT));
	CALL(msgrcv(queue, &message, 8192, 3, 0));
	show("later", &later);
	SHOW(large.ended);
	CALL(msgrcv(queue, &message, 8192, 3, 0));
	CALL(msgrcv(queue, &message, 8192, 3, 0));
	show("large", &large);
	for (int i = 0; i < 2; i++)
		CALL(msgrcv(queue, &message, 8192, 0, 0));
}

static void interrupted(void)
{
	static struct message message = {.type = 1};

	alarms_begin(count_alarm, SA_RESTART);
	CALL(msgrcv(queue, &message, 1, 0, 0));
	for (int i = 0; i < 2; i++)
		NEED(msgsnd(queue, &message, 8192, 0) == 0);
	CALL(msgsnd(queue, &message, 1, 0));
	alarms_end();
}

static void removed(void)
{
	static struct job waits = {.type = 9, .bytes = 1}, sends = {.type = 1, .bytes = 1};

	begin(&waits, receiver);
	begin(&sends, sender);
	CALL(msgctl(queue, IPC_RMID, NULL));
	show("receiver", &waits);
	show("sender", &sends);
}

int main(void)
{
	NEED((queue = msgget(IPC_PRIVATE, 0600)) >= 0);
	receivers();
	senders();
	interrupted();
	removed();
	return 0;
}
