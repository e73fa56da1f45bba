/* A handler starts with an aligned stack, a cleared direction flag and default rounding of its own. */
#include "differ.h"
#include <ucontext.h>

static int aligned, direction, has_state;

__attribute__((noinline)) static void handler(int number, siginfo_t *info, void *context)
{
	ucontext_t *machine = context;
	unsigned long flags;

	(void)number;
	(void)info;
	aligned = (uintptr_t)__builtin_frame_address(0) % 16 == 0;
	__asm__ volatile("pushfq; popq %0" : "=r"(flags));
	direction = flags >> 10 & 1;
	has_state = machine->uc_mcontext.fpregs != NULL;
}

int main(void)
{
	struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
	long result, process = getpid();

	sigaction(SIGUSR1, &action, NULL);
	__asm__ volatile("std; syscall; cld" : "=a"(result) : "a"(SYS_kill), "D"(process), "S"(SIGUSR1) : "rcx", "r11", "memory");
	SHOW(result);
	SHOW(aligned);
	SHOW(direction);
	SHOW(has_state);
	return 0;
}
