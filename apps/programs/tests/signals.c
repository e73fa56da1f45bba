/*
 * Every thread is sent a signal of its own and must receive it itself. The argument is the number of threads (default 2).
 *
 * A handler may interrupt its thread anywhere, also inside printf, so it only notes what came; the thread says it.
 */
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include <hermit/syscall.h>

#define DEFAULT_THREADS 2
#define MAX_THREADS 256
/* 16 has no fixed meaning on HermitCore (SIGURG of its first C library) and none on Linux (SIGSTKFLT, never sent by it). */
#define TEST_SIGNAL 16
#define POLL_MS 10

static pthread_t threads[MAX_THREADS];
static sem_t ready;
static __thread volatile sig_atomic_t received;

static void on_signal(int number)
{
	received = number;
}

static void *wait_for_signal(void *argument)
{
	long number = (long)argument;

	printf("[%ld] Hello (task ID: %u)\n", number, sys_getpid());
	sem_post(&ready);
	while (received == 0)
		sys_msleep(POLL_MS);
	printf("[%ld] Received signal %d\n", number, received);
	printf("[%ld] I'm done\n", number);
	return NULL;
}

static int create_threads(long count)
{
	for (long i = 0; i < count; i++) {
		printf("Create thread %ld\n", i);
		if (pthread_create(&threads[i], NULL, wait_for_signal, (void *)i) != 0) {
			fprintf(stderr, "thread %ld could not be created\n", i);
			return 1;
		}
	}
	for (long i = 0; i < count; i++)
		while (sem_wait(&ready) != 0)
			;
	return 0;
}

int main(int argc, char **argv)
{
	long count = argc > 1 ? atol(argv[1]) : DEFAULT_THREADS;

	if (count < 1 || count > MAX_THREADS) {
		fprintf(stderr, "usage: signals [threads, 1 to %d]\n", MAX_THREADS);
		return 1;
	}
	sem_init(&ready, 0, 0);
	signal(TEST_SIGNAL, on_signal);
	if (create_threads(count) != 0)
		return 1;
	for (long i = 0; i < count; i++) {
		printf("Send signal to thread %ld\n", i);
		if (pthread_kill(threads[i], TEST_SIGNAL) != 0)
			return 1;
	}
	printf("Wait for all threads to finish\n");
	for (long i = 0; i < count; i++) {
		if (pthread_join(threads[i], NULL) != 0)
			return 1;
		printf("Thread %ld is done\n", i);
	}
	printf("All done\n");
	return 0;
}
