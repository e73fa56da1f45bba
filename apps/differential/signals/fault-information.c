/* What a SIGSEGV handler learns: the address, whether something is mapped there, and what kind of access it was. */
#include "differ.h"
#include <ucontext.h>

static long error_bits, vector;

static void handler(int number, siginfo_t *info, void *context)
{
	ucontext_t *machine = context;

	error_bits = machine->uc_mcontext.gregs[REG_ERR];
	vector = machine->uc_mcontext.gregs[REG_TRAPNO];
	fault_handler(number, info, context);
}

static void look(const char *what, char *address, int is_write)
{
	struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};

	sigaction(SIGSEGV, &action, NULL);
	fault_signal = 0;
	if (sigsetjmp(fault_return, 1) == 0) {
		if (is_write)
			*(volatile char *)address = 1;
		else
			(void)*(volatile char *)address;
	}
	printf("%s: %s, address %s, %s, vector %ld\n", what, fault_name(), fault_address == address ? "right" : "wrong",
		   error_bits & 2 ? "a write" : "a read", vector);
}

int main(void)
{
	char *page = mmap(NULL, 2 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	NEED(page != MAP_FAILED && munmap(page + PAGE, PAGE) == 0);
	look("reading null", NULL, 0);
	look("writing near null", (char *)0x123, 1);
	look("writing a read-only page", page + 77, 1);
	look("reading after it", page + PAGE + 5, 0);
	mprotect(page, PAGE, PROT_NONE);
	look("reading a page without rights", page + 1, 0);
	return 0;
}
