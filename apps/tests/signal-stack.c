/*
 * Alternate stacks: used when asked for, reported, protected while in use; a program recovers from its stack's overflow on one.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <signal.h>

#include "check.h"

#ifndef SS_AUTODISARM
#define SS_AUTODISARM (1U << 31)
#endif

static char first[64 * 1024], second[64 * 1024];
static volatile int inside, flags_inside, change_result, change_errno, nested_inside;
static sigjmp_buf way_out;

static int is_in(const char *stack, const void *address)
{
	return (const char *)address >= stack && (const char *)address < stack + sizeof(first);
}

static void nested(int signal)
{
	char local;

	(void)signal;
	nested_inside = is_in(first, &local);
}

static void look(int signal, siginfo_t *info, void *context)
{
	char local;
	stack_t stack, other = { .ss_sp = second, .ss_size = sizeof(second) };

	(void)signal;
	(void)info;
	inside = is_in(first, &local);
	sigaltstack(NULL, &stack);
	flags_inside = stack.ss_flags;
	change_result = sigaltstack(&other, NULL);
	change_errno = errno;
	(void)context;
	raise(SIGUSR2);
}

static void overflowed(int signal)
{
	(void)signal;
	siglongjmp(way_out, 1);
}

__attribute__((noinline)) static int recurse(int depth)
{
	volatile char block[4096];

	block[0] = (char)depth;
	return depth < 1000000 ? recurse(depth + 1) + block[0] : 0;
}

static void set_action(int signal, void *handler, int flags)
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_handler = (void (*)(int))handler;
	action.sa_flags = flags;
	sigaction(signal, &action, NULL);
}

int main(void)
{
	stack_t stack = { .ss_sp = first, .ss_size = sizeof(first) }, seen;

	sigaltstack(NULL, &seen);
	CHECK_EQ(seen.ss_flags, SS_DISABLE);
	stack.ss_flags = 0x100;
	CHECK(sigaltstack(&stack, NULL) == -1 && errno == EINVAL);
	stack.ss_flags = 0;
	stack.ss_size = 1024;
	CHECK(sigaltstack(&stack, NULL) == -1 && errno == ENOMEM);
	stack.ss_size = sizeof(first);
	CHECK_EQ(sigaltstack(&stack, NULL), 0);
	sigaltstack(NULL, &seen);
	CHECK(seen.ss_sp == first && seen.ss_size == sizeof(first) && seen.ss_flags == 0);

	set_action(SIGUSR1, look, SA_ONSTACK | SA_SIGINFO);
	set_action(SIGUSR2, nested, SA_ONSTACK);
	raise(SIGUSR1);
	CHECK_EQ(inside, 1);
	CHECK_EQ(flags_inside, SS_ONSTACK);
	CHECK_EQ(change_result, -1);
	CHECK_EQ(change_errno, EPERM);
	CHECK_EQ(nested_inside, 1);
	set_action(SIGUSR1, look, SA_SIGINFO);
	raise(SIGUSR1);
	CHECK_EQ(inside, 0);
	CHECK_EQ(change_result, 0);
	/* The handler's return brings back the one that its frame names. */
	sigaltstack(NULL, &seen);
	CHECK(seen.ss_sp == first);

	stack.ss_flags = SS_AUTODISARM;
	CHECK_EQ(sigaltstack(&stack, NULL), 0);
	set_action(SIGUSR1, look, SA_ONSTACK | SA_SIGINFO);
	raise(SIGUSR1);
	CHECK_EQ(inside, 1);
	CHECK_EQ(flags_inside, SS_DISABLE);
	CHECK_EQ(change_result, 0);
	CHECK_EQ(nested_inside, 0);
	sigaltstack(NULL, &seen);
	CHECK(seen.ss_sp == first && (unsigned)seen.ss_flags == SS_AUTODISARM);

	stack.ss_flags = 0;
	sigaltstack(&stack, NULL);
	set_action(SIGSEGV, overflowed, SA_ONSTACK);
	for (int round = 0; round < 3; round++) {
		if (sigsetjmp(way_out, 1) == 0) {
			recurse(0);
			CHECK(0);
		} else {
			CHECK(1);
		}
	}
	stack.ss_flags = SS_DISABLE;
	CHECK_EQ(sigaltstack(&stack, NULL), 0);
	sigaltstack(NULL, &seen);
	CHECK_EQ(seen.ss_flags, SS_DISABLE);
	return check_done("signal-stack");
}
