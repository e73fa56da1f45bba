/*
 * O_CREAT makes or finds: threads that open one name while others remove it never hear that it exists, or that it does not; with O_EXCL
 * exactly one of them makes it.
 */
// cpus: 1 2
#include "differ.h"
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

enum { THREADS = 4, ROUNDS = 200 };

static char path[64];
static int failures[THREADS];
static int lost, made;

static void *open_and_remove(void *argument)
{
	int number = (int)(long)argument;
	for (int round = 0; round < ROUNDS; round++) {
		int fd = open(path, O_CREAT | O_RDWR, 0600);
		if (fd < 0)
			failures[number] = errno;
		else
			close(fd);
		if (unlink(path) < 0 && errno != ENOENT)
			failures[number] = errno;
	}
	return NULL;
}

static void *make(void *argument)
{
	(void)argument;
	int fd = open(path, O_CREAT | O_EXCL | O_RDWR, 0600);
	if (fd >= 0) {
		__atomic_fetch_add(&made, 1, __ATOMIC_SEQ_CST);
		close(fd);
	} else if (errno == EEXIST) {
		__atomic_fetch_add(&lost, 1, __ATOMIC_SEQ_CST);
	}
	return NULL;
}

static void together(void *(*run)(void *))
{
	pthread_t threads[THREADS];
	for (long i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, run, (void *)i);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

int main(void)
{
	snprintf(path, sizeof path, "/tmp/create-or-find-%d", getpid());
	together(open_and_remove);
	for (int i = 0; i < THREADS; i++)
		printf("thread %d: %s\n", i, failures[i] == 0 ? "no failure" : strerror(failures[i]));
	for (int round = 0; round < ROUNDS; round++) {
		together(make);
		unlink(path);
	}
	printf("made %d, lost %d\n", made, lost);
	return 0;
}
