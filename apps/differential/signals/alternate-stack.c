/* A handler with SA_ONSTACK runs on the alternate stack; while it does, the stack is said to be in use and cannot be changed. */
#include "differ.h"

static char area[64 * KIB];
static volatile sig_atomic_t was_there, was_in_use, change_refused;

static void handler(int number)
{
	char local;
	stack_t stack, other = {.ss_sp = area, .ss_size = sizeof area};

	(void)number;
	was_there = &local >= area && &local < area + sizeof area;
	sigaltstack(NULL, &stack);
	was_in_use = stack.ss_flags == SS_ONSTACK && stack.ss_sp == area;
	change_refused = sigaltstack(&other, NULL) == -1 && errno == EPERM;
}

int main(void)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
	stack_t stack = {.ss_sp = area, .ss_size = sizeof area}, old;

	CALL(sigaltstack(NULL, &old));
	HOLDS(old.ss_flags == SS_DISABLE);
	CALL(sigaltstack(&stack, &old));
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
	SHOW(was_there);
	SHOW(was_in_use);
	SHOW(change_refused);
	action.sa_flags = 0;
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
	SHOW(was_there);
	CALL(sigaltstack(NULL, &old));
	HOLDS(old.ss_flags == 0 && old.ss_size == sizeof area);
	return 0;
}
