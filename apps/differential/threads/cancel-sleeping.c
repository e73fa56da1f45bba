/* nanosleep, pause and sem_wait are cancellation points. */
// libc: both
// cpus: 1 2
#include "differ.h"
#include <pthread.h>
#include <semaphore.h>

static sem_t semaphore;
static atomic_int ready;

static void *sleeps(void *argument)
{
	struct timespec time = {.tv_sec = 100};

	atomic_store(&ready, 1);
	nanosleep(&time, NULL);
	return argument;
}

static void *pauses(void *argument)
{
	atomic_store(&ready, 1);
	pause();
	return argument;
}

static void *waits(void *argument)
{
	atomic_store(&ready, 1);
	sem_wait(&semaphore);
	return argument;
}

static void cancel_one(const char *name, void *(*body)(void *))
{
	pthread_t thread;
	void *result;

	atomic_store(&ready, 0);
	NEED(pthread_create(&thread, NULL, body, NULL) == 0);
	WAIT_UNTIL(atomic_load(&ready));
	pause_ms(2);
	NEED(pthread_cancel(thread) == 0);
	THREAD_CALL(pthread_join(thread, &result));
	printf("%s: %s\n", name, result == PTHREAD_CANCELED ? "cancelled" : "returned");
}

int main(void)
{
	NEED(sem_init(&semaphore, 0, 0) == 0);
	cancel_one("nanosleep", sleeps);
	cancel_one("pause", pauses);
	cancel_one("sem_wait", waits);
	return 0;
}
