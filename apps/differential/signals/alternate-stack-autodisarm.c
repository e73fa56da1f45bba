/* SS_AUTODISARM: the stack is given up when a handler starts on it and is there again when it returns. */
#include "differ.h"

#ifndef SS_AUTODISARM
#define SS_AUTODISARM (1U << 31)
#endif

static char area[64 * KIB];
static volatile sig_atomic_t was_disabled;

static void handler(int number)
{
	stack_t stack;

	(void)number;
	syscall(SYS_sigaltstack, NULL, &stack);
	was_disabled = stack.ss_flags == SS_DISABLE;
}

int main(void)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
	stack_t stack = {.ss_sp = area, .ss_size = sizeof area, .ss_flags = (int)SS_AUTODISARM}, old;

	CALL(syscall(SYS_sigaltstack, &stack, NULL));
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
	SHOW(was_disabled);
	syscall(SYS_sigaltstack, NULL, &old);
	HOLDS(old.ss_flags == (int)SS_AUTODISARM && old.ss_sp == area);
	return 0;
}
