/* futex_waitv: which word woke it, when it does not wait, what is refused. */
// libc: glibc
#include "differ.h"
#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <time.h>

#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif

struct waitv {
	unsigned long val, address;
	unsigned flags, reserved;
};

static unsigned words[3];
static struct waitv waiters[129];

static long futex_waitv(struct waitv *list, unsigned count, unsigned flags, struct timespec *until, int clock)
{
	return syscall(SYS_futex_waitv, list, count, flags, until, clock);
}

static void prepare(unsigned flags)
{
	for (int i = 0; i < 129; i++)
		waiters[i] = (struct waitv){.val = 0, .address = (unsigned long)&words[i % 3], .flags = flags};
}

static void *waker(void *argument)
{
	while (syscall(SYS_futex, &words[1], FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, NULL, NULL, 0) == 0)
		usleep(1000);
	return argument;
}

int main(void)
{
	struct timespec passed = {0}, wrong = {.tv_nsec = -1};
	pthread_t thread;

	prepare(2 | FUTEX_PRIVATE_FLAG);
	NEED(pthread_create(&thread, NULL, waker, NULL) == 0);
	CALL(futex_waitv(waiters, 3, 0, NULL, 0));
	pthread_join(thread, NULL);
	words[2] = 7;
	CALL(futex_waitv(waiters, 3, 0, NULL, 0));
	words[2] = 0;
	CALL(futex_waitv(waiters, 3, 0, &passed, CLOCK_MONOTONIC));
	CALL(futex_waitv(waiters, 128, 0, &passed, CLOCK_REALTIME));
	CALL(futex_waitv(waiters, 129, 0, &passed, CLOCK_REALTIME));
	CALL(futex_waitv(waiters, 0, 0, NULL, 0));
	CALL(futex_waitv(waiters, 3, 1, NULL, 0));
	CALL(futex_waitv(NULL, 3, 0, NULL, 0));
	CALL(futex_waitv(waiters, 3, 0, &wrong, CLOCK_MONOTONIC));
	CALL(futex_waitv(waiters, 3, 0, &passed, CLOCK_BOOTTIME));
	waiters[1].reserved = 1;
	CALL(futex_waitv(waiters, 3, 0, NULL, 0));
	prepare(FUTEX_PRIVATE_FLAG);
	CALL(futex_waitv(waiters, 3, 0, NULL, 0));
	prepare(2 | 0x10);
	CALL(futex_waitv(waiters, 3, 0, NULL, 0));
	prepare(2);
	waiters[2].address += 2;
	CALL(futex_waitv(waiters, 3, 0, NULL, 0));
	prepare(2);
	waiters[0].val = 1UL << 32;
	CALL(futex_waitv(waiters, 3, 0, NULL, 0));
	waiters[0].val = 0;
	waiters[1].address = 0x10000;
	CALL(futex_waitv(waiters, 3, 0, NULL, 0));
	return 0;
}
