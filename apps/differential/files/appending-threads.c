// cpus: 1 4
/* Threads that append through descriptors of their own lose nothing and mix nothing. */
#include "files.h"
#include <pthread.h>

#define THREADS 4
#define RECORDS 200

static void *append(void *argument)
{
	int thread = (int)(intptr_t)argument, fd = open("log", O_WRONLY | O_APPEND);
	char record[16];

	NEED(fd >= 0);
	for (int index = 0; index < RECORDS; index++) {
		snprintf(record, sizeof record, "%02d %011d\n", thread, index);
		NEED(write(fd, record, 15) == 15);
	}
	close(fd);
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];
	int next[THREADS] = {0}, wrong = 0;
	char record[16] = "";

	enter_work_folder();
	make_file("log", "");
	for (int index = 0; index < THREADS; index++)
		NEED(pthread_create(&threads[index], NULL, append, (void *)(intptr_t)index) == 0);
	for (int index = 0; index < THREADS; index++)
		pthread_join(threads[index], NULL);
	int fd = open("log", O_RDONLY), count = 0;

	while (read(fd, record, 15) == 15) {
		int thread, number;

		count++;
		if (sscanf(record, "%d %d", &thread, &number) != 2 || thread >= THREADS || next[thread]++ != number)
			wrong++;
	}
	SHOW(count);
	SHOW(wrong);
	remove_work_folder();
	return 0;
}
