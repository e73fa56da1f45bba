/* sem_wait: EINTR without SA_RESTART on glibc and musl alike; pause always. */
// libc: both
#include "differ.h"
#include <semaphore.h>
#include <sys/time.h>

static volatile sig_atomic_t count;

static void handler(int number)
{
	(void)number;
	count++;
}

int main(void)
{
	struct sigaction action = {.sa_handler = handler};
	struct itimerval soon = {.it_value = {.tv_usec = 10000}};
	struct timespec later = in_ms(CLOCK_REALTIME, 50000);
	sem_t semaphore;

	sem_init(&semaphore, 0, 0);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	CALL(sem_wait(&semaphore));
	setitimer(ITIMER_REAL, &soon, NULL);
	CALL(sem_timedwait(&semaphore, &later));
	action.sa_flags = SA_RESTART;
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	CALL(pause());
	SHOW(count);
	return 0;
}
