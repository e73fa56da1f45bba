/* The first thread's stack overflow is seen by a handler on an alternate stack, and can be survived. */
#include "differ.h"

static char area[64 * KIB];
static volatile int depth_seen;

__attribute__((noinline)) static int overflow(int depth)
{
	volatile char frame[4000];

	frame[depth % 4000] = (char)depth;
	depth_seen = depth;
	return (depth < 100000000 ? overflow(depth + 1) : 0) + frame[(depth + 1) % 4000];
}

int main(void)
{
	stack_t stack = {.ss_sp = area, .ss_size = sizeof area};
	struct sigaction action = {.sa_sigaction = fault_handler, .sa_flags = SA_SIGINFO | SA_ONSTACK};

	NEED(sigaltstack(&stack, NULL) == 0);
	sigaction(SIGSEGV, &action, NULL);
	for (int time = 0; time < 2; time++) {
		fault_signal = 0;
		if (sigsetjmp(fault_return, 1) == 0)
			overflow(0);
		puts(signal_name(fault_signal));
		HOLDS(depth_seen > 1500);
	}
	return 0;
}
