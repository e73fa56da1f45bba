/* A thread made by clone alone: its number where it was asked for, its argument, and a futex woken at its end. */
// cpus: 1 2
#include "futex.h"

/* Not 0, which is what the end of the thread writes. */
static futex_word child_number = 1, parent_number;
static long seen_argument;
static bool number_was_set;

static int body(void *argument)
{
	seen_argument = (long)argument;
	number_was_set = (uint32_t)syscall(SYS_gettid) == atomic_load(&child_number) && atomic_load(&parent_number) != 0;
	return 3;
}

int main(void)
{
	static char stack[64 * KIB] __attribute__((aligned(16)));
	int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_PARENT_SETTID |
				CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;
	int number = clone(body, stack + sizeof stack, flags, (void *)77, &parent_number, NULL, &child_number);
	uint32_t left;

	NEED(number > 0);
	HOLDS((uint32_t)number == atomic_load(&parent_number));
	while ((left = atomic_load(&child_number)) != 0)
		futex(&child_number, FUTEX_WAIT, left, 0, NULL, 0);
	SHOW(seen_argument);
	HOLDS(number_was_set);
	HOLDS(number != getpid());
	WAIT_UNTIL(syscall(SYS_tgkill, getpid(), number, 0) == -1);
	puts(error_name(errno));
	return 0;
}
