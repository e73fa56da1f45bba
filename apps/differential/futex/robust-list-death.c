/* When a thread ends, the kernel walks its robust list: owner-died bit set, a waiter woken, other owners' words left alone. */
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

static struct node owned, foreign, pending;
static atomic_int step;

static void *die(void *argument)
{
	static struct robust_list_head head;
	uint32_t self = (uint32_t)syscall(SYS_gettid);

	atomic_store(&owned.word, self | FUTEX_WAITERS);
	atomic_store(&foreign.word, self + 1);
	atomic_store(&pending.word, self);
	owned.next = &foreign;
	foreign.next = (struct node *)&head;
	head = (struct robust_list_head){.next = &owned, .offset = offsetof(struct node, word), .pending = &pending};
	NEED(syscall(SYS_set_robust_list, &head, sizeof head) == 0);
	atomic_store(&step, 1);
	WAIT_UNTIL(atomic_load(&step) == 2);
	return argument;
}

static void *wait_for_owner(void *argument)
{
	CALL(futex(&owned.word, FUTEX_WAIT, atomic_load(&owned.word), 0, NULL, 0));
	return argument;
}

int main(void)
{
	pthread_t mortal, waiter;

	NEED(pthread_create(&mortal, NULL, die, NULL) == 0);
	WAIT_UNTIL(atomic_load(&step) == 1);
	uint32_t foreign_before = atomic_load(&foreign.word);
	NEED(pthread_create(&waiter, NULL, wait_for_owner, NULL) == 0);
	await_waiters(&owned.word, 0, 1);
	atomic_store(&step, 2);
	pthread_join(waiter, NULL);
	pthread_join(mortal, NULL);
	HOLDS(atomic_load(&owned.word) == (FUTEX_WAITERS | FUTEX_OWNER_DIED));
	HOLDS(atomic_load(&foreign.word) == foreign_before);
	HOLDS(atomic_load(&pending.word) == FUTEX_OWNER_DIED);
	return 0;
}
