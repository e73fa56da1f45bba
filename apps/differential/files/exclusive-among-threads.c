// cpus: 1 4
/* Of threads that make the same name at once exactly one succeeds: files with O_EXCL, folders, links, and removing again. */
#include "files.h"
#include <pthread.h>

#define THREADS 4
#define ROUNDS 50

static pthread_barrier_t barrier;
static atomic_int made[5];

static void *try_rounds(void *argument)
{
	(void)argument;
	for (int round = 0; round < ROUNDS; round++) {
		pthread_barrier_wait(&barrier);
		int fd = open("file", O_CREAT | O_EXCL | O_RDWR, 0600);

		made[0] += fd >= 0;
		if (fd >= 0)
			close(fd);
		made[1] += mkdir("folder", 0700) == 0;
		made[2] += link("base", "link") == 0;
		made[3] += symlink("base", "soft") == 0;
		pthread_barrier_wait(&barrier);
		made[4] += unlink("file") == 0;
		made[4] += rmdir("folder") == 0;
		made[4] += unlink("link") == 0;
		made[4] += unlink("soft") == 0;
	}
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];

	enter_work_folder();
	make_file("base", "x");
	pthread_barrier_init(&barrier, NULL, THREADS);
	for (int index = 0; index < THREADS; index++)
		NEED(pthread_create(&threads[index], NULL, try_rounds, NULL) == 0);
	for (int index = 0; index < THREADS; index++)
		pthread_join(threads[index], NULL);
	for (int index = 0; index < 5; index++)
		SHOW(made[index]);
	show_mode("base");
	remove_work_folder();
	return 0;
}
