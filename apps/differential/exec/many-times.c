/* 200 programs one after the other, each with a thread of its own that does not end: nothing adds up. */
// libc: both
// cpus: 1 2
#include "exec.h"
#include <pthread.h>

#define TIMES 200

static void *work(void *unused)
{
	for (;;)
		pause_ms(1000000);
	return unused;
}

static int open_descriptors(void)
{
	int open_count = 0;

	for (int fd = 0; fd < 64; fd++)
		open_count += fcntl(fd, F_GETFD) >= 0;
	return open_count;
}

int main(int count, char **arguments)
{
	int step = step_of(count, arguments);
	pthread_t thread;

	if (step % 50 == 0)
		printf("step %d: %d descriptors, %ld threads\n", step, open_descriptors(), status_value("Threads"));
	if (step == TIMES)
		return 0;
	NEED(malloc(1000000) && open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0);
	NEED(pthread_create(&thread, NULL, work, NULL) == 0);
	start(SELF, step + 1, NULL);
	return 1;
}
