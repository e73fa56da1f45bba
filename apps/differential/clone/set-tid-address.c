/* set_tid_address answers the thread's number; the word is cleared and woken when the thread ends, and may be bad. */
// cpus: 1 2
#include "futex.h"

static futex_word word = 1;

static int body(void *argument)
{
	bool same = syscall(SYS_set_tid_address, argument) == syscall(SYS_gettid);

	return !same;
}

int main(void)
{
	static char stacks[2][64 * KIB] __attribute__((aligned(16)));
	int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;

	NEED(clone(body, stacks[0] + sizeof stacks[0], flags, &word) > 0);
	while (atomic_load(&word) != 0)
		futex(&word, FUTEX_WAIT, 1, 0, NULL, 0);
	SHOW(atomic_load(&word));
	int number = clone(body, stacks[1] + sizeof stacks[1], flags, (void *)16);
	NEED(number > 0);
	WAIT_UNTIL(syscall(SYS_tgkill, getpid(), number, 0) == -1);
	puts("a bad address harms nobody");
	return 0;
}
