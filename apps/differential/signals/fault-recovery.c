/* A SIGSEGV handler changes the saved instruction pointer and a register; the program goes on there. */
// libc: both
#include "differ.h"
#include <ucontext.h>

extern char after_load[];
static int faults;

static void handler(int number, siginfo_t *info, void *context)
{
	ucontext_t *machine = context;

	(void)number;
	(void)info;
	faults++;
	machine->uc_mcontext.gregs[REG_RIP] = (greg_t)after_load;
	machine->uc_mcontext.gregs[REG_RBX] = 4711;
}

__attribute__((noinline)) static long load(volatile long *address)
{
	long result;

	__asm__ volatile("mov (%1), %0\n\t.globl after_load\nafter_load:" : "=b"(result) : "r"(address) : "memory");
	return result;
}

int main(void)
{
	struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
	long value = 5;

	sigaction(SIGSEGV, &action, NULL);
	SHOW(load(&value));
	SHOW(load((long *)16));
	SHOW(load(NULL));
	SHOW(load(&value));
	SHOW(faults);
	return 0;
}
