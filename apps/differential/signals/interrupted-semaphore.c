/* sem_wait: EINTR without SA_RESTART on glibc and musl alike; pause always. */
// libc: both
#include "alarms.h"
#include <semaphore.h>

int main(void)
{
	struct timespec later = in_ms(CLOCK_REALTIME, 5000000);
	sem_t semaphore;

	sem_init(&semaphore, 0, 0);
	alarms_begin(count_alarm, 0);
	CALL(sem_wait(&semaphore));
	CALL(sem_timedwait(&semaphore, &later));
	alarms_begin(count_alarm, SA_RESTART);
	CALL(pause());
	alarms_end();
	HOLDS(alarm_count >= 1);
	return 0;
}
