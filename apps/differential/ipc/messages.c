/* System V message queues without waiting: the order of types, what does not fit, limits, status, and every error that can be had at once. */
#include "differ.h"
#include <sys/ipc.h>
#include <sys/msg.h>

#ifndef MSG_COPY
#define MSG_COPY 040000
#endif

struct message {
	long type;
	char text[64];
};

static int queue;

static void send(long type, const char *text)
{
	struct message message = {.type = type};

	strcpy(message.text, text);
	NEED(msgsnd(queue, &message, strlen(text), 0) == 0);
}

static void receive(long type, int flags, size_t room)
{
	struct message message = {0};
	ssize_t bytes;

	errno = 0;
	bytes = msgrcv(queue, &message, room, type, flags | IPC_NOWAIT);
	if (bytes < 0)
		printf("type %ld, flags %o: %s\n", type, flags, errno == ENOMSG ? "ENOMSG" : error_name(errno));
	else
		printf("type %ld, flags %o: %zd bytes, %ld \"%s\"\n", type, flags, bytes, message.type, message.text);
}

static void types(void)
{
	send(3, "three");
	send(1, "one");
	send(2, "two");
	send(1, "one again");
	send(7, "seven");
	receive(2, 0, 64);
	receive(2, 0, 64);
	receive(-2, 0, 64);
	receive(3, MSG_EXCEPT, 64);
	receive(-6, 0, 2);
	receive(-6, MSG_NOERROR, 2);
	receive(-6, 0, 64);
	receive(0, 0, 64);
	receive(0, 0, 64);
	receive(LONG_MIN, 0, 64);
	send(LONG_MAX, "");
	receive(LONG_MIN, 0, 0);
}

static void errors(void)
{
	static struct message message = {.type = 1};
	static char large[9000];

	CALL(msgsnd(queue, &(struct message){.type = 0}, 1, 0));
	CALL(msgsnd(queue, &(struct message){.type = -1}, 1, 0));
	CALL(msgsnd(queue, large, 8193, 0));
	CALL(msgsnd(queue, (void *)8, 1, 0));
	CALL(msgsnd(-1, &message, 1, 0));
	CALL(msgsnd(0x7fffffff, &message, 1, 0));
	CALL(msgrcv(-1, &message, 1, 0, 0));
	CALL(msgrcv(queue, &message, -1, 0, 0));
	CALL(msgrcv(0x7fffffff, &message, 1, 0, IPC_NOWAIT));
	CALL(msgrcv(queue, &message, 1, 0, MSG_COPY));
	CALL(msgrcv(queue, &message, 1, 0, MSG_COPY | MSG_EXCEPT | IPC_NOWAIT));
	send(1, "lost");
	CALL(msgrcv(queue, (void *)8, 64, 0, 0));
	receive(0, 0, 64);
}

static void full(void)
{
	static struct {
		long type;
		char text[8192];
	} message = {.type = 5};
	struct msqid_ds status;

	CALL(msgsnd(queue, &message, 8192, IPC_NOWAIT));
	CALL(msgsnd(queue, &message, 8191, IPC_NOWAIT));
	CALL(msgsnd(queue, &message, 2, IPC_NOWAIT));
	CALL(msgsnd(queue, &message, 1, IPC_NOWAIT));
	CALL(msgsnd(queue, &message, 0, IPC_NOWAIT));
	NEED(msgctl(queue, IPC_STAT, &status) == 0);
	SHOW(status.msg_qnum);
	SHOW(status.msg_qbytes);
	for (int i = 0; i < 4; i++)
		CALL(msgrcv(queue, &message, 8192, 0, IPC_NOWAIT));
	status.msg_qbytes = 3;
	CALL(msgctl(queue, IPC_SET, &status));
	for (int i = 0; i < 3; i++)
		CALL(msgsnd(queue, &message, 0, IPC_NOWAIT));
	CALL(msgsnd(queue, &message, 0, IPC_NOWAIT) == -1 && errno == EAGAIN);
	CALL(msgsnd(queue, &message, 4, IPC_NOWAIT));
}

static void status(void)
{
	struct msqid_ds status;
	struct msginfo info;
	time_t now = time(NULL);

	CALL(msgctl(queue, IPC_STAT, &status));
	HOLDS(status.msg_lspid == getpid() && status.msg_lrpid == getpid());
	HOLDS(status.msg_stime > now - 60 && status.msg_rtime > now - 60 && status.msg_ctime > now - 60);
	printf("mode %o\n", (unsigned)status.msg_perm.mode);
	HOLDS(msgctl(queue & 0x7fff, MSG_STAT, &status) == queue);
	HOLDS(msgctl(0, IPC_INFO, (struct msqid_ds *)&info) >= 0);
	printf("%d %d %d %d %d %d %d\n", info.msgpool, info.msgmap, info.msgmax, info.msgmnb, info.msgmni, info.msgssz, info.msgtql);
	HOLDS(msgctl(0, MSG_INFO, (struct msqid_ds *)&info) >= 0 && info.msgpool >= 1 && info.msgmap >= 3);
	CALL(msgctl(queue, IPC_STAT, (void *)8));
	CALL(msgctl(queue, 99, &status));
	CALL(msgctl(-1, IPC_STAT, &status));
}

static void keys(void)
{
	key_t key = 0x68440000 | (getpid() & 0xffff);
	int made;

	CALL(msgget(key, 0));
	NEED((made = msgget(key, IPC_CREAT | 0600)) >= 0);
	HOLDS(msgget(key, IPC_CREAT) == made);
	CALL(msgget(key, IPC_CREAT | IPC_EXCL));
	CALL(msgctl(made, IPC_RMID, NULL));
	CALL(msgctl(made, IPC_RMID, NULL));
	CALL(msgget(key, 0));
}

int main(void)
{
	NEED((queue = msgget(IPC_PRIVATE, 0640)) >= 0);
	types();
	errors();
	full();
	status();
	keys();
	CALL(msgctl(queue, IPC_RMID, NULL));
	receive(0, 0, 64);
	return 0;
}
