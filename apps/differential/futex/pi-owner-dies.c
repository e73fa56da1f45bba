/* The kernel gives a PI lock of a robust list to a waiter when its owner dies, marked as such. */
// cpus: 1 2
#include "futex.h"

struct node {
	struct node *next;
	futex_word word;
};

struct robust_list_head {
	struct node *next;
	long offset;
	struct node *pending;
};

static struct node lock;
static atomic_int step;

static void *own_and_die(void *argument)
{
	static struct robust_list_head head;

	/* Bit 0 of an entry says that it is a PI lock. */
	lock.next = (struct node *)&head;
	head = (struct robust_list_head){.next = (struct node *)((uintptr_t)&lock | 1), .offset = offsetof(struct node, word)};
	NEED(syscall(SYS_set_robust_list, &head, sizeof head) == 0);
	NEED(futex(&lock.word, FUTEX_LOCK_PI, 0, 0, NULL, 0) == 0);
	atomic_store(&step, 1);
	WAIT_UNTIL(atomic_load(&lock.word) & FUTEX_WAITERS);
	pause_ms(5);
	return argument;
}

int main(void)
{
	pthread_t thread;

	NEED(pthread_create(&thread, NULL, own_and_die, NULL) == 0);
	WAIT_UNTIL(atomic_load(&step) == 1);
	CALL(futex(&lock.word, FUTEX_LOCK_PI, 0, 0, NULL, 0));
	HOLDS((atomic_load(&lock.word) & FUTEX_TID_MASK) == (uint32_t)syscall(SYS_gettid));
	HOLDS((atomic_load(&lock.word) & FUTEX_OWNER_DIED) != 0);
	pthread_join(thread, NULL);
	CALL(futex(&lock.word, FUTEX_UNLOCK_PI, 0, 0, NULL, 0));
	return 0;
}
