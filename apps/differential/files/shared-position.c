// cpus: 1 4
/* Threads that read through one description get each record once; those that read at places of their own disturb nobody. */
#include "files.h"
#include <pthread.h>

#define RECORDS 1000

static int fd;
static atomic_int seen[RECORDS], wrong;

static void *read_on(void *argument)
{
	(void)argument;
	int number;

	while (read(fd, &number, sizeof number) == sizeof number)
		if (number >= 0 && number < RECORDS)
			seen[number]++;
	return NULL;
}

static void *read_at(void *argument)
{
	int number;

	for (int index = (int)(intptr_t)argument; index < RECORDS; index += 2)
		if (pread(fd, &number, sizeof number, index * sizeof number) != sizeof number || number != index)
			wrong++;
	return NULL;
}

int main(void)
{
	pthread_t threads[4];
	int missing = 0, twice = 0;

	enter_work_folder();
	fd = open("file", O_RDWR | O_CREAT, 0644);
	for (int index = 0; index < RECORDS; index++)
		NEED(write(fd, &index, sizeof index) == sizeof index);
	NEED(lseek(fd, 0, SEEK_SET) == 0);
	for (int index = 0; index < 4; index++)
		NEED(pthread_create(&threads[index], NULL, index < 2 ? read_on : read_at, (void *)(intptr_t)(index & 1)) == 0);
	for (int index = 0; index < 4; index++)
		pthread_join(threads[index], NULL);
	for (int index = 0; index < RECORDS; index++) {
		missing += seen[index] == 0;
		twice += seen[index] > 1;
	}
	SHOW(missing);
	SHOW(twice);
	SHOW(wrong);
	CALL(lseek(fd, 0, SEEK_CUR));
	remove_work_folder();
	return 0;
}
