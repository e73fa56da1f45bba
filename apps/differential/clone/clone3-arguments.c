/* clone3 looks at the size of its struct, at what it does not know in it, and at its fields. */
#include "differ.h"

struct arguments {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup, more;
};

#define CLONE3(...) syscall(SYS_clone3, &(struct arguments){__VA_ARGS__}, 88)
#ifndef SYS_clone3
#define SYS_clone3 435
#endif
#define THREAD_FLAGS (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD)

int main(void)
{
	static char stack[4096];
	struct arguments unknown = {.flags = THREAD_FLAGS, .more = 1};

	CALL(syscall(SYS_clone3, &unknown, 0));
	CALL(syscall(SYS_clone3, &unknown, 63));
	CALL(syscall(SYS_clone3, &unknown, 4097));
	CALL(syscall(SYS_clone3, &unknown, 96));
	CALL(syscall(SYS_clone3, (void *)16, 64));
	CALL(CLONE3(.flags = THREAD_FLAGS, .exit_signal = SIGCHLD));
	CALL(CLONE3(.flags = THREAD_FLAGS, .exit_signal = 0x100));
	CALL(CLONE3(.flags = THREAD_FLAGS, .stack = (uintptr_t)stack));
	CALL(CLONE3(.flags = THREAD_FLAGS, .stack_size = sizeof stack));
	CALL(CLONE3(.flags = CLONE_THREAD));
	CALL(CLONE3(.flags = 1));
	return 0;
}
