/* The exit system call ends one thread, also the first one; the process's status is that of the last. */
// cpus: 1 2
#include "futex.h"

static pid_t first;

static void *outlive(void *argument)
{
	(void)argument;
	pause_ms(5);
	puts("the other thread goes on");
	syscall(SYS_exit, 9);
	return NULL;
}

int main(void)
{
	pthread_t thread;

	first = getpid();
	NEED(pthread_create(&thread, NULL, outlive, NULL) == 0);
	syscall(SYS_exit, 4);
	return 1;
}
