/* /proc/self/task has one folder for each thread. */
// cpus: 1 2
#include "differ.h"
#include <dirent.h>
#include <pthread.h>

static int count_tasks(bool *has_self)
{
	DIR *folder = opendir("/proc/self/task");
	struct dirent *entry;
	int count = 0;

	NEED(folder != NULL);
	while ((entry = readdir(folder)) != NULL)
		if (entry->d_name[0] != '.') {
			count++;
			*has_self |= atoi(entry->d_name) == getpid();
		}
	closedir(folder);
	return count;
}

static void *wait_for_barrier(void *barrier)
{
	pthread_barrier_wait(barrier);
	return NULL;
}

int main(void)
{
	pthread_barrier_t barrier;
	pthread_t threads[3];
	bool has_self = false;

	SHOW(count_tasks(&has_self));
	HOLDS(has_self);
	pthread_barrier_init(&barrier, NULL, 4);
	for (int index = 0; index < 3; index++)
		NEED(pthread_create(&threads[index], NULL, wait_for_barrier, &barrier) == 0);
	SHOW(count_tasks(&has_self));
	pthread_barrier_wait(&barrier);
	for (int index = 0; index < 3; index++)
		pthread_join(threads[index], NULL);
	WAIT_UNTIL(count_tasks(&has_self) == 1);
	return 0;
}
