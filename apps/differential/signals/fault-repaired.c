/* A SIGSEGV handler makes the page usable and returns: the access is done again, as garbage collectors do. */
#include "differ.h"

static char *area;
static volatile sig_atomic_t faults;

static void handler(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)context;
	faults++;
	mprotect((void *)((uintptr_t)info->si_addr & ~(PAGE - 1)), PAGE, PROT_READ | PROT_WRITE);
}

int main(void)
{
	struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
	long sum = 0;

	area = mmap(NULL, 16 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	NEED(area != MAP_FAILED);
	sigaction(SIGSEGV, &action, NULL);
	for (int round = 0; round < 2; round++)
		for (size_t index = 0; index < 16; index++)
			area[index * PAGE + 9]++;
	for (size_t index = 0; index < 16; index++)
		sum += area[index * PAGE + 9];
	SHOW(faults);
	SHOW(sum);
	return 0;
}
