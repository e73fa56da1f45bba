/*
 * rt_sigreturn believes nothing: selectors and flags that a program may not have are not taken, and a frame that cannot be is SIGSEGV.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "check.h"

static sigjmp_buf way_out;
static volatile int faults, change;
static char stack_of_faults[65536];

static void fault(int signal)
{
	(void)signal;
	faults++;
	siglongjmp(way_out, 1);
}

static void meddle(int signal, siginfo_t *info, void *context)
{
	greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;

	(void)signal;
	(void)info;
	switch (change) {
	case 0:
		registers[REG_EFL] |= 0x3000;
		break;
	case 1:
		registers[REG_RIP] = 0x7f8000200000;
		break;
	case 2:
		registers[REG_RIP] = (greg_t)0x8000000000000000UL;
		break;
	case 3:
		((ucontext_t *)context)->uc_mcontext.fpregs = (void *)0x7ffffffff000;
		break;
	case 4:
		memset((char *)((ucontext_t *)context)->uc_mcontext.fpregs + 24, 0xff, 4);
		break;
	case 5:
		registers[REG_RSP] = 0x10;
		break;
	case 6:
		((ucontext_t *)context)->uc_mcontext.fpregs = NULL;
		break;
	}
}

static int try(int what)
{
	faults = 0;
	change = what;
	if (sigsetjmp(way_out, 1) == 0) {
		asm volatile("mov %0, %%eax; mov %1, %%edi; mov %2, %%esi; syscall; call 1f; 1: add $8, %%rsp"
			     :
			     : "i"(SYS_tkill), "r"((int)syscall(SYS_gettid)), "i"(SIGUSR1)
			     : "rax", "rdi", "rsi", "rcx", "r11", "memory");
	}
	return faults;
}

int main(void)
{
	struct sigaction action;
	stack_t stack = { .ss_sp = stack_of_faults, .ss_size = sizeof(stack_of_faults) };

	sigaltstack(&stack, NULL);
	memset(&action, 0, sizeof(action));
	action.sa_handler = fault;
	action.sa_flags = SA_ONSTACK;
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	action.sa_sigaction = meddle;
	action.sa_flags = SA_SIGINFO;
	sigaction(SIGUSR1, &action, NULL);
	CHECK_EQ(try(0), 0);
	CHECK_EQ(try(2), 1);
	CHECK_EQ(try(3), 1);
	/* QEMU's emulated processor takes any MXCSR. */
	CHECK(try(4) == 1 || in_hermitcore());
	CHECK_EQ(try(5), 1);
	CHECK_EQ(try(6), 0);
	/* Without a handler's frame there is nothing to return to. */
	faults = 0;
	if (sigsetjmp(way_out, 1) == 0) {
		asm volatile("mov $16, %%rsp; mov %0, %%eax; syscall" : : "i"(SYS_rt_sigreturn) : "memory");
	}
	CHECK_EQ(faults, 1);
	return check_done("signal-return");
}
