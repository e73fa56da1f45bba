/*
 * makecontext and swapcontext (glibc has them): a program that switches stacks by itself, system calls on each of them.
 */
#include <ucontext.h>
#include <unistd.h>
#include "check.h"

static ucontext_t main_context, other_context;
static char stack[65536] __attribute__((aligned(64)));
static int trace[8], steps;

static void other(int start)
{
	for (int i = 0; i < 3; i++) {
		trace[steps++] = start + i;
		CHECK(getpid() > 0);
		swapcontext(&other_context, &main_context);
	}
}

int main(void)
{
	getcontext(&other_context);
	other_context.uc_stack.ss_sp = stack;
	other_context.uc_stack.ss_size = sizeof stack;
	other_context.uc_link = &main_context;
	makecontext(&other_context, (void (*)(void))other, 1, 10);
	for (int i = 0; i < 3; i++) {
		swapcontext(&main_context, &other_context);
		trace[steps++] = i;
	}
	CHECK_EQ(steps, 6);
	for (int i = 0; i < 3; i++)
		CHECK(trace[2 * i] == 10 + i && trace[2 * i + 1] == i);
	return check_done("contexts");
}
