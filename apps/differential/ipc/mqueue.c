/* POSIX message queues without waiting: names, priorities, attributes and limits, and every error that can be had at once. */
#include "differ.h"
#include <fcntl.h>
#include <mqueue.h>
#include <sys/resource.h>
#include <sys/stat.h>

static char name[64], text[16384];

static long raw_open(const char *path, int flags, int mode, struct mq_attr *attributes)
{
	return syscall(SYS_mq_open, path, flags, mode, attributes);
}

static void names(void)
{
	char longest[300], other[80];

	memset(longest, 'x', sizeof(longest));
	longest[256] = 0;
	CALL(raw_open("", O_RDWR | O_CREAT, 0600, NULL));
	CALL(raw_open(".", O_RDWR | O_CREAT, 0600, NULL));
	CALL(raw_open("..", O_RDWR, 0600, NULL));
	CALL(raw_open("/a", O_RDWR | O_CREAT, 0600, NULL));
	CALL(raw_open("a/b", O_RDWR | O_CREAT, 0600, NULL));
	CALL(raw_open(longest, O_RDWR | O_CREAT, 0600, NULL));
	CALL(raw_open((void *)8, O_RDWR | O_CREAT, 0600, NULL));
	snprintf(other, sizeof(other), "%s-other", name + 1);
	CALL(raw_open(other, O_RDWR, 0600, NULL));
	CALL(raw_open(other, O_RDWR | O_CREAT, 0600, (void *)8));
	CALL(syscall(SYS_mq_unlink, other));
	CALL(syscall(SYS_mq_unlink, ""));
	CALL(syscall(SYS_mq_unlink, "/a"));
}

static void show(mqd_t queue)
{
	struct mq_attr attributes;

	NEED(mq_getattr(queue, &attributes) == 0);
	printf("flags %lo, %ld messages of %ld bytes, %ld there\n", attributes.mq_flags, attributes.mq_maxmsg, attributes.mq_msgsize,
	       attributes.mq_curmsgs);
}

static void receive(mqd_t queue)
{
	unsigned priority;
	ssize_t bytes = mq_receive(queue, text, sizeof(text), &priority);

	NEED(bytes >= 0);
	text[bytes] = 0;
	printf("%u \"%s\"\n", priority, text);
}

static void priorities(mqd_t queue)
{
	static const struct {
		unsigned priority;
		const char *text;
	} sent[] = {{1, "a"}, {5, "b"}, {0, "c"}, {32767, "d"}, {5, "e"}, {1, "f"}, {0, ""}};

	for (size_t i = 0; i < ARRAY_LENGTH(sent); i++)
		CALL(mq_send(queue, sent[i].text, strlen(sent[i].text), sent[i].priority));
	show(queue);
	for (size_t i = 0; i < ARRAY_LENGTH(sent); i++)
		receive(queue);
}

static void errors(mqd_t queue)
{
	int pipes[2];
	mqd_t reader, writer;

	NEED(pipe(pipes) == 0);
	CALL(mq_send(queue, text, 8193, 0) == -1 && errno == EMSGSIZE);
	CALL(mq_receive(queue, text, 8191, NULL) == -1 && errno == EMSGSIZE);
	CALL(mq_send(queue, text, 1, 32768));
	CALL(mq_send(-1, text, 1, 0));
	CALL(mq_send(pipes[1], text, 1, 0));
	CALL(mq_receive(pipes[0], text, 8192, NULL));
	CALL(mq_getattr(pipes[0], &(struct mq_attr){0}));
	CALL(mq_timedsend(queue, text, 1, 0, &(struct timespec){0, -1}));
	CALL(mq_timedreceive(queue, text, 8192, NULL, &(struct timespec){0, 1000000000}));
	CALL(mq_send(queue, (void *)8, 1, 0));
	NEED((reader = mq_open(name, O_RDONLY | O_NONBLOCK)) >= 0);
	NEED((writer = mq_open(name, O_WRONLY)) >= 0);
	CALL(mq_send(reader, text, 1, 0));
	CALL(mq_receive(writer, text, 8192, NULL));
	CALL(mq_receive(reader, text, 8192, NULL));
	show(reader);
	show(writer);
	CALL(mq_setattr(writer, &(struct mq_attr){.mq_flags = O_NONBLOCK, .mq_maxmsg = 3}, NULL));
	CALL(mq_setattr(writer, &(struct mq_attr){.mq_flags = O_APPEND}, NULL));
	CALL(fcntl(writer, F_GETFL) & (O_ACCMODE | O_NONBLOCK));
	CALL(fcntl(writer, F_GETFD));
	for (int i = 0; i < 10; i++)
		NEED(mq_send(writer, text, 1, 0) == 0);
	CALL(mq_send(writer, text, 1, 0));
	CALL(mq_receive(queue, (void *)8, 8192, NULL));
	show(queue);
	mq_close(reader);
	mq_close(writer);
}

static void file(mqd_t queue)
{
	struct stat status;
	char line[128];
	ssize_t bytes;

	NEED(fstat(queue, &status) == 0);
	printf("mode %o, %lld bytes, %d links\n", (unsigned)status.st_mode, (long long)status.st_size, (int)status.st_nlink);
	HOLDS(status.st_uid == geteuid() && status.st_gid == getegid());
	NEED((bytes = read(queue, line, sizeof(line))) > 0);
	printf("%.*s", (int)bytes, line);
	CALL(read(queue, line, sizeof(line)));
	CALL(lseek(queue, 6, SEEK_SET));
	CALL(read(queue, line, 3));
	CALL(pread(queue, line, 5, 0));
	CALL(write(queue, "x", 1));
}

static long limits_of(long messages, long bytes)
{
	struct mq_attr attributes = {.mq_maxmsg = messages, .mq_msgsize = bytes};
	long queue = raw_open(name + 1, O_RDWR | O_CREAT | O_EXCL, 0600, &attributes);

	if (queue >= 0) {
		close(queue);
		mq_unlink(name);
		return 0;
	}
	return queue;
}

static void limits(void)
{
	struct rlimit limit;
	struct mq_attr attributes = {.mq_maxmsg = 2, .mq_msgsize = 3};
	mqd_t queue;

	NEED(getrlimit(RLIMIT_MSGQUEUE, &limit) == 0);
	SHOW(limit.rlim_cur);
	CALL(limits_of(0, 1));
	CALL(limits_of(1, 0));
	CALL(limits_of(-1, 1));
	CALL(limits_of(10, 8192));
	CALL(limits_of(65537, 1));
	CALL(limits_of(1, 16777217));
	CALL(limits_of(LONG_MAX, 8));
	NEED((queue = mq_open(name, O_RDWR | O_CREAT, 0640, &attributes)) >= 0);
	show(queue);
	CALL(mq_send(queue, "abcd", 4, 0));
	CALL(mq_send(queue, "abc", 3, 0));
	CALL(mq_receive(queue, text, 3, NULL));
	mq_close(queue);
	CALL(mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, NULL));
	CALL(raw_open(name + 1, O_WRONLY | O_RDWR, 0, NULL));
	CALL(mq_unlink(name));
}

int main(void)
{
	mqd_t queue;

	umask(022);
	snprintf(name, sizeof(name), "/differ-%d", (int)getpid());
	names();
	NEED((queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0666, NULL)) >= 0);
	show(queue);
	priorities(queue);
	errors(queue);
	file(queue);
	CALL(mq_unlink(name));
	CALL(mq_unlink(name));
	CALL(mq_open(name, O_RDWR));
	for (int i = 0; i < 9; i++)
		receive(queue);
	CALL(mq_close(queue));
	CALL(mq_close(queue));
	limits();
	return 0;
}
