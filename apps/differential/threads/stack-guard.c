/* Below a thread's stack lies a guard: overflowing is a SIGSEGV, which a handler on an alternate stack can see. */
// libc: both
#include "differ.h"
#include <pthread.h>

static char alternate[64 * KIB];
static volatile int sink;

__attribute__((noinline)) static int overflow(int depth)
{
	volatile char frame[512];

	frame[depth % 512] = (char)depth;
	sink = depth;
	return (depth < 100000000 ? overflow(depth + 1) : 0) + frame[(depth + 1) % 512];
}

static void *work(void *argument)
{
	stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};
	struct sigaction action = {.sa_sigaction = fault_handler, .sa_flags = SA_SIGINFO | SA_ONSTACK};

	NEED(sigaltstack(&stack, NULL) == 0);
	NEED(sigaction(SIGSEGV, &action, NULL) == 0);
	if (sigsetjmp(fault_return, 1) == 0)
		overflow(0);
	puts(fault_name());
	HOLDS(sink > 100);
	return argument;
}

int main(void)
{
	pthread_t thread;
	void *result;

	NEED(pthread_create(&thread, NULL, work, alternate) == 0);
	THREAD_CALL(pthread_join(thread, &result));
	HOLDS(result == alternate);
	return 0;
}
