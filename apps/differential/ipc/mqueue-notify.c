/* mq_notify: one word about a message that comes to an empty queue, by a signal, by a thread of the C library, or not at all. */
// libc: both
#include "differ.h"
#include <fcntl.h>
#include <mqueue.h>
#include <pthread.h>

static mqd_t queue;
static atomic_int told;

static void on_thread(union sigval value)
{
	told = value.sival_int;
}

static int notify(int how, int signal, int value)
{
	struct sigevent event = {.sigev_notify = how, .sigev_signo = signal, .sigev_value.sival_int = value};

	if (how == SIGEV_THREAD)
		event.sigev_notify_function = on_thread;
	return mq_notify(queue, &event);
}

static void take(void)
{
	static char text[8192];

	CALL(mq_receive(queue, text, sizeof(text), NULL));
}

static void by_signal(void)
{
	struct timespec none = {0, 0};
	siginfo_t info;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	CALL(notify(SIGEV_SIGNAL, SIGUSR1, 42));
	CALL(notify(SIGEV_NONE, 0, 0));
	CALL(mq_send(queue, "a", 1, 0));
	HOLDS(sigtimedwait(&set, &info, &none) == SIGUSR1);
	printf("code %d, value %d, own %d\n", info.si_code, info.si_value.sival_int, info.si_pid == getpid() && info.si_uid == getuid());
	/* Not empty, and the wish was used up. */
	CALL(notify(SIGEV_SIGNAL, SIGUSR1, 43));
	CALL(mq_send(queue, "b", 1, 0));
	CALL(sigtimedwait(&set, &info, &none));
	take();
	take();
	CALL(mq_send(queue, "c", 1, 0));
	HOLDS(sigtimedwait(&set, &info, &none) == SIGUSR1);
	SHOW(info.si_value.sival_int);
	take();
	CALL(notify(SIGEV_SIGNAL, SIGUSR1, 44));
	CALL(mq_notify(queue, NULL));
	CALL(mq_notify(queue, NULL));
	CALL(mq_send(queue, "d", 1, 0));
	CALL(sigtimedwait(&set, &info, &none));
	take();
}

static void closing(void)
{
	int other = dup(queue);

	CALL(notify(SIGEV_SIGNAL, SIGUSR1, 45));
	CALL(notify(SIGEV_SIGNAL, SIGUSR1, 45));
	NEED(close(other) == 0);
	CALL(notify(SIGEV_NONE, 0, 0));
	CALL(mq_send(queue, "e", 1, 0));
	take();
	CALL(notify(SIGEV_NONE, 0, 0));
	CALL(mq_notify(queue, NULL));
}

static void errors(void)
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = 65};

	CALL(syscall(SYS_mq_notify, queue, &event));
	event.sigev_notify = 77;
	CALL(syscall(SYS_mq_notify, queue, &event));
	event.sigev_notify = SIGEV_NONE;
	CALL(syscall(SYS_mq_notify, 0, &event));
	CALL(syscall(SYS_mq_notify, -1, NULL));
	CALL(syscall(SYS_mq_notify, queue, (void *)8));
	event.sigev_notify = SIGEV_THREAD;
	event.sigev_value.sival_ptr = &event;
	event.sigev_signo = -1;
	CALL(syscall(SYS_mq_notify, queue, &event));
	event.sigev_value.sival_ptr = (void *)8;
	CALL(syscall(SYS_mq_notify, queue, &event));
}

int main(void)
{
	char name[64];

	snprintf(name, sizeof(name), "/differ-%d", (int)getpid());
	NEED((queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, NULL)) >= 0);
	mq_unlink(name);
	by_signal();
	closing();
	errors();
	CALL(notify(SIGEV_THREAD, 0, 7));
	CALL(notify(SIGEV_THREAD, 0, 8));
	CALL(mq_send(queue, "f", 1, 0));
	WAIT_UNTIL(told == 7);
	take();
	/* Taken back: the thread is told that nothing comes any more, and ends. */
	told = 0;
	CALL(notify(SIGEV_THREAD, 0, 9));
	CALL(mq_notify(queue, NULL));
	CALL(mq_send(queue, "g", 1, 0));
	take();
	SHOW(told);
	return 0;
}
