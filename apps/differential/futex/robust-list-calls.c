/* The calls around robust lists: sizes, whose list it is, unknown threads. */
#include "futex.h"

struct robust_list_head {
	void *next;
	long offset;
	void *pending;
};

int main(void)
{
	struct robust_list_head head = {.next = &head, .offset = 0}, *seen = NULL;
	size_t size = 0;

	CALL(syscall(SYS_set_robust_list, &head, sizeof head - 1));
	CALL(syscall(SYS_set_robust_list, &head, sizeof head));
	CALL(syscall(SYS_get_robust_list, 0, &seen, &size));
	HOLDS(seen == &head);
	SHOW(size);
	seen = NULL;
	CALL(syscall(SYS_get_robust_list, getpid(), &seen, &size));
	HOLDS(seen == &head);
	CALL(syscall(SYS_get_robust_list, 0x3fffffff, &seen, &size));
	CALL(syscall(SYS_get_robust_list, 0, (void *)16, &size));
	return 0;
}
