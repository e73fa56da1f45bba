/* What sigaltstack refuses. */
#include "differ.h"

int main(void)
{
	static char area[64 * KIB];
	stack_t stack = {.ss_sp = area, .ss_size = 100}, old;

	CALL(syscall(SYS_sigaltstack, &stack, NULL));
	stack.ss_size = sizeof area;
	stack.ss_flags = 77;
	CALL(syscall(SYS_sigaltstack, &stack, NULL));
	stack.ss_flags = SS_ONSTACK;
	CALL(syscall(SYS_sigaltstack, &stack, NULL));
	stack = (stack_t){.ss_flags = SS_DISABLE, .ss_size = 5};
	CALL(syscall(SYS_sigaltstack, &stack, &old));
	CALL(syscall(SYS_sigaltstack, 16, NULL));
	CALL(syscall(SYS_sigaltstack, NULL, 16));
	CALL(syscall(SYS_sigaltstack, NULL, &old));
	HOLDS(old.ss_flags == SS_DISABLE);
	SHOW(old.ss_size);
	return 0;
}
