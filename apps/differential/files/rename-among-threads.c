/* A file that is replaced again and again by rename is there all the time for threads that look. */
// cpus: 1 2
#include "differ.h"
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

enum { ROUNDS = 500 };

static char target[64], fresh[64];
static atomic_int is_done;

static void *look(void *argument)
{
	long missing = (long)argument;
	struct stat status;

	while (!atomic_load(&is_done))
		missing += stat(target, &status) != 0;
	return (void *)missing;
}

int main(void)
{
	char folder[] = "/tmp/differ-XXXXXX";
	pthread_t threads[2];
	void *missing;

	NEED(mkdtemp(folder) != NULL);
	snprintf(target, sizeof target, "%s/target", folder);
	snprintf(fresh, sizeof fresh, "%s/fresh", folder);
	close(open(target, O_CREAT | O_WRONLY, 0600));
	for (int index = 0; index < 2; index++)
		NEED(pthread_create(&threads[index], NULL, look, NULL) == 0);
	for (int round = 0; round < ROUNDS; round++) {
		NEED(close(open(fresh, O_CREAT | O_WRONLY, 0600)) == 0);
		NEED(rename(fresh, target) == 0);
	}
	atomic_store(&is_done, 1);
	for (int index = 0; index < 2; index++) {
		pthread_join(threads[index], &missing);
		SHOW((long)missing);
	}
	SHOW(unlink(target));
	SHOW(rmdir(folder));
	return 0;
}
