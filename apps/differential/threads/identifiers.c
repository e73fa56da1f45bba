/* Threads share a process number and have thread numbers of their own; the first thread has the process's. */
// libc: both
// cpus: 1 2
#include "differ.h"
#include <pthread.h>

static pid_t process;
static pid_t seen[4];

static void *work(void *argument)
{
	seen[(long)argument] = (pid_t)syscall(SYS_gettid);
	if (getpid() != process)
		puts("another process number");
	return NULL;
}

int main(void)
{
	pthread_t threads[4];
	int distinct = 1;

	process = getpid();
	HOLDS(syscall(SYS_gettid) == process);
	HOLDS(process > 0);
	for (long index = 0; index < 4; index++)
		NEED(pthread_create(&threads[index], NULL, work, (void *)index) == 0);
	for (int index = 0; index < 4; index++)
		pthread_join(threads[index], NULL);
	for (int left = 0; left < 4; left++)
		for (int right = 0; right < left; right++)
			distinct &= seen[left] != seen[right];
	HOLDS(distinct);
	HOLDS(seen[0] != process && seen[3] != process);
	return 0;
}
