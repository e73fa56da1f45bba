/* What another program finds of the one before it: sets, queues and names, and what is to be undone; no descriptor of a queue, no context for requests. */
// libc: both
#include "differ.h"
#include <fcntl.h>
#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>

struct message {
	long type;
	char text[8];
};

static void show_link(int fd)
{
	char path[64], target[128] = "";

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	NEED(readlink(path, target, sizeof(target) - 1) > 0);
	/* Without the number of the process. */
	printf("%.8s%s\n", target, strstr(target, " (deleted)") != NULL ? " (deleted)" : "");
}

static void first(void)
{
	char name[64], numbers[5][32];
	int set = semget(IPC_PRIVATE, 1, 0600), messages = msgget(IPC_PRIVATE, 0600);
	unsigned long context = 0;
	struct message message = {3, "kept"};
	mqd_t queue;

	snprintf(name, sizeof(name), "/differ-%d", (int)getpid());
	NEED((queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, NULL)) >= 0);
	NEED(set >= 0 && messages >= 0 && syscall(SYS_io_setup, 1, &context) == 0);
	CALL(mq_send(queue, "there", 5, 2));
	CALL(msgsnd(messages, &message, 5, 0));
	CALL(semop(set, &(struct sembuf){0, 32767, SEM_UNDO}, 1));
	show_link(queue);
	snprintf(numbers[0], 32, "%d", set);
	snprintf(numbers[1], 32, "%d", messages);
	snprintf(numbers[2], 32, "%d", queue);
	snprintf(numbers[3], 32, "%lu", context);
	execv("/proc/self/exe", (char *[]){"self", numbers[0], numbers[1], numbers[2], numbers[3], name, NULL});
	fail("execv");
}

static void second(char **arguments)
{
	int set = atoi(arguments[1]), messages = atoi(arguments[2]), descriptor = atoi(arguments[3]);
	unsigned long context = strtoul(arguments[4], NULL, 10);
	char *name = arguments[5];
	static char text[8192];
	struct message message;
	mqd_t queue;

	CALL(mq_getattr(descriptor, &(struct mq_attr){0}));
	CALL(syscall(SYS_io_destroy, context));
	CALL(semctl(set, 0, GETVAL));
	CALL(semop(set, &(struct sembuf){0, -1, 0}, 1));
	CALL(semop(set, &(struct sembuf){0, 1, SEM_UNDO}, 1));
	CALL(semop(set, &(struct sembuf){0, -1, 0}, 1));
	CALL(semop(set, &(struct sembuf){0, 1, SEM_UNDO}, 1));
	CALL(msgrcv(messages, &message, sizeof(message.text), 0, IPC_NOWAIT));
	puts(message.text);
	NEED((queue = mq_open(name, O_RDWR | O_NONBLOCK)) >= 0);
	CALL(mq_receive(queue, text, sizeof(text), NULL));
	CALL(mq_unlink(name));
	show_link(queue);
	CALL(semctl(set, 0, IPC_RMID));
	CALL(msgctl(messages, IPC_RMID, NULL));
}

int main(int count, char **arguments)
{
	if (count == 1)
		first();
	second(arguments);
	return 0;
}
