/* A broadcast wakes everyone that waits; a signal wakes at least one and loses nobody. */
// libc: both
// cpus: 1 2
#include "differ.h"
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int waiting, open, passed, tickets;

static void *pass_gate(void *argument)
{
	pthread_mutex_lock(&lock);
	waiting++;
	while (!open)
		pthread_cond_wait(&changed, &lock);
	passed++;
	while (tickets == 0)
		pthread_cond_wait(&changed, &lock);
	tickets--;
	pthread_mutex_unlock(&lock);
	return argument;
}

static int locked(const int *value)
{
	pthread_mutex_lock(&lock);
	int result = *value;
	pthread_mutex_unlock(&lock);
	return result;
}

int main(void)
{
	pthread_t threads[6];

	for (int index = 0; index < 6; index++)
		NEED(pthread_create(&threads[index], NULL, pass_gate, NULL) == 0);
	WAIT_UNTIL(locked(&waiting) == 6);
	SHOW(locked(&passed));
	pthread_mutex_lock(&lock);
	open = 1;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
	WAIT_UNTIL(locked(&passed) == 6);
	for (int index = 0; index < 6; index++) {
		pthread_mutex_lock(&lock);
		tickets++;
		pthread_cond_signal(&changed);
		pthread_mutex_unlock(&lock);
	}
	for (int index = 0; index < 6; index++)
		pthread_join(threads[index], NULL);
	SHOW(passed);
	SHOW(tickets);
	return 0;
}
