/* Threads append to one file and to files of their own; nothing is lost. */
// cpus: 1 2
#include "differ.h"
#include <fcntl.h>
#include <pthread.h>

static int shared;

static void *write_both(void *argument)
{
	char path[] = "/tmp/differ-XXXXXX", record[8];
	int own = mkstemp(path);

	NEED(own >= 0 && unlink(path) == 0);
	for (int index = 0; index < 200; index++) {
		memset(record, 'a' + (int)(long)argument, sizeof record);
		NEED(write(shared, record, sizeof record) == sizeof record);
		NEED(write(own, record, sizeof record) == sizeof record);
	}
	long size = lseek(own, 0, SEEK_END);
	close(own);
	return (void *)size;
}

int main(void)
{
	char path[] = "/tmp/differ-XXXXXX", record[8];
	int file = mkstemp(path), torn = 0, counts[4] = {0};
	pthread_t threads[4];
	void *size;

	NEED(file >= 0 && (shared = open(path, O_WRONLY | O_APPEND)) >= 0 && unlink(path) == 0);
	for (long index = 0; index < 4; index++)
		NEED(pthread_create(&threads[index], NULL, write_both, (void *)index) == 0);
	for (int index = 0; index < 4; index++) {
		pthread_join(threads[index], &size);
		SHOW((long)size);
	}
	SHOW(lseek(file, 0, SEEK_END));
	lseek(file, 0, SEEK_SET);
	while (read(file, record, sizeof record) == sizeof record) {
		for (size_t index = 1; index < sizeof record; index++)
			torn += record[index] != record[0];
		counts[record[0] - 'a']++;
	}
	SHOW(torn);
	SHOW(counts[0] + counts[1] * 1000 + counts[2] * 1000000 + counts[3] * 1000000000ll);
	return 0;
}
