/* POSIX message queues of root and of somebody else: what limits hold for whom, and who may open and remove a queue. */
#include "differ.h"
#include <fcntl.h>
#include <mqueue.h>

static char name[64];

static long sized(long messages, long bytes)
{
	struct mq_attr attributes = {.mq_maxmsg = messages, .mq_msgsize = bytes};
	long queue = syscall(SYS_mq_open, name + 1, O_RDWR | O_CREAT | O_EXCL, 0600, &attributes);

	if (queue < 0)
		return -1;
	close(queue);
	return mq_unlink(name);
}

static bool may_exceed(void)
{
	char line[256];
	unsigned long long bits = 0;
	FILE *file = fopen("/proc/self/status", "r");

	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		sscanf(line, "CapEff: %llx", &bits);
	if (file != NULL)
		fclose(file);
	return (bits >> 24 & 1) != 0;
}

/* What root gets who has CAP_SYS_RESOURCE, which not everybody does who is called root. */
static void of_root(long messages, long bytes, int error)
{
	errno = 0;
	sized(messages, bytes);
	printf("%ld of %ld: %s\n", messages, bytes, may_exceed() && errno != error ? error_name(errno) : "as expected");
}

static void sizes_of_root(void)
{
	of_root(11, 8192, 0);
	of_root(10, 8193, 0);
	of_root(65537, 1, EINVAL);
	of_root(1, 16777217, EINVAL);
	/* RLIMIT_MSGQUEUE is 819200 bytes: the bytes, and 96 more for each message. */
	of_root(8444, 1, 0);
	of_root(8446, 1, EMFILE);
	of_root(1, 819104, 0);
	of_root(1, 819105, EMFILE);
	of_root(65536, 16777216, EMFILE);
}

static void sizes_of_others(void)
{
	CALL(sized(10, 8192));
	CALL(sized(11, 8192));
	CALL(sized(10, 8193));
	CALL(sized(1, 1));
}

int main(void)
{
	mqd_t queue;

	if (geteuid() != 0) {
		puts("not root");
		return 0;
	}
	snprintf(name, sizeof(name), "/differ-%d", (int)getpid());
	sizes_of_root();
	NEED((queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0640, NULL)) >= 0);
	NEED(seteuid(12345) == 0);
	CALL(mq_open(name, O_RDONLY));
	CALL(mq_open(name, O_RDWR | O_CREAT, 0600, NULL));
	CALL(syscall(SYS_mq_unlink, name + 1));
	CALL(mq_unlink(name));
	CALL(mq_send(queue, "x", 1, 0));
	NEED(seteuid(0) == 0);
	CALL(mq_unlink(name));
	NEED(setuid(12345) == 0);
	sizes_of_others();
	return 0;
}
