/* A robust list that is circular or points nowhere does not hold up the end of its thread. */
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

static struct node first, second;

static void *die(void *argument)
{
	static struct robust_list_head heads[3];
	struct robust_list_head *head = &heads[(long)argument];

	first.next = &second;
	second.next = &first;
	head->offset = offsetof(struct node, word);
	head->next = (long)argument == 0 ? &first : (struct node *)((long)argument == 1 ? 16 : 0x7ff000000000);
	NEED(syscall(SYS_set_robust_list, head, sizeof *head) == 0);
	return argument;
}

int main(void)
{
	for (long kind = 0; kind < 3; kind++) {
		pthread_t thread;
		NEED(pthread_create(&thread, NULL, die, (void *)kind) == 0);
		THREAD_CALL(pthread_join(thread, NULL));
	}
	return 0;
}
