/* errno belongs to the thread. */
// libc: both
// cpus: 1 2
#include "differ.h"
#include <pthread.h>

static pthread_barrier_t both;

static void *other(void *argument)
{
	errno = EDOM;
	pthread_barrier_wait(&both);
	CALL(close(-1));
	pthread_barrier_wait(&both);
	return argument;
}

int main(void)
{
	pthread_t thread;

	pthread_barrier_init(&both, NULL, 2);
	NEED(pthread_create(&thread, NULL, other, NULL) == 0);
	errno = ERANGE;
	pthread_barrier_wait(&both);
	pthread_barrier_wait(&both);
	puts(error_name(errno));
	pthread_join(thread, NULL);
	return 0;
}
