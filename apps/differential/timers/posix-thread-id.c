/* SIGEV_THREAD_ID sends the timer's signal to one thread. */
// cpus: 1 2
#include "differ.h"
#include <pthread.h>

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id __sev_fields.sigev_notify_thread_id
#endif
#ifndef SIGEV_THREAD_ID
#define SIGEV_THREAD_ID 4
#endif

static _Thread_local bool is_target;
static atomic_int hits, wrong, thread_number, finish;

static void handler(int number)
{
	(void)number;
	atomic_fetch_add(is_target ? &hits : &wrong, 1);
}

static void *target(void *argument)
{
	is_target = true;
	atomic_store(&thread_number, (int)syscall(SYS_gettid));
	while (!atomic_load(&finish))
		pause_ms(1);
	return argument;
}

int main(void)
{
	struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR1};
	struct itimerspec often = {{.tv_nsec = 2000000}, {.tv_nsec = 2000000}};
	pthread_t thread;
	int timer;

	signal(SIGUSR1, handler);
	NEED(pthread_create(&thread, NULL, target, NULL) == 0);
	WAIT_UNTIL(atomic_load(&thread_number));
	event.sigev_notify_thread_id = 0x3fffffff;
	CALL(syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &timer));
	event.sigev_notify_thread_id = atomic_load(&thread_number);
	CALL(syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &timer));
	CALL(syscall(SYS_timer_settime, timer, 0, &often, NULL));
	WAIT_UNTIL(atomic_load(&hits) >= 4);
	CALL(syscall(SYS_timer_delete, timer));
	atomic_store(&finish, 1);
	pthread_join(thread, NULL);
	SHOW(atomic_load(&wrong));
	return 0;
}
