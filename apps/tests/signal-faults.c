/*
 * Faults with a handler: which signal, which code, which address; and the two ways back, a changed RIP and a jump out.
 */
#define _GNU_SOURCE
#include <fenv.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "check.h"

/* In the page of null pointers; the compiler is not to know. */
static char *volatile low = (char *)8;
static sigjmp_buf way_out;
static volatile int seen_signal, seen_code, seen_trap;
static void *volatile seen_address;
static volatile unsigned long seen_error, seen_cr2;
static volatile long skip;

static void note(int signal, siginfo_t *info, void *context)
{
	greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;

	seen_signal = signal;
	seen_code = info->si_code;
	seen_address = info->si_addr;
	seen_trap = registers[REG_TRAPNO];
	seen_error = registers[REG_ERR];
	seen_cr2 = registers[REG_CR2];
	if (skip) {
		registers[REG_RIP] += skip;
		registers[REG_RAX] = 77;
		return;
	}
	siglongjmp(way_out, 1);
}

#define FAULT(statement)                              \
	do {                                          \
		seen_signal = 0;                      \
		if (sigsetjmp(way_out, 1) == 0) {     \
			statement;                    \
		}                                     \
	} while (0)

static void memory(void)
{
	char *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *nothing = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *gone = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	munmap(gone, 4096);
	FAULT(*(volatile char *)(page + 5) = 1);
	CHECK(seen_signal == SIGSEGV && seen_code == SEGV_ACCERR && seen_address == page + 5);
	CHECK_EQ(seen_trap, 14);
	CHECK_EQ(seen_error & 6, 6);
	CHECK_EQ(seen_cr2, (unsigned long)page + 5);
	FAULT((void)*(volatile char *)(nothing + 7));
	CHECK(seen_signal == SIGSEGV && seen_code == SEGV_ACCERR && seen_address == nothing + 7);
	CHECK_EQ(seen_error & 6, 4);
	FAULT((void)*(volatile char *)(gone + 9));
	CHECK(seen_signal == SIGSEGV && seen_code == SEGV_MAPERR && seen_address == gone + 9);
	FAULT((void)*(volatile char *)low);
	CHECK(seen_signal == SIGSEGV && seen_code == SEGV_MAPERR && seen_address == low);
	FAULT((void)*(volatile char *)0x8000000000000001UL);
	CHECK(seen_signal == SIGSEGV && seen_code == SI_KERNEL && seen_address == NULL);
	CHECK_EQ(seen_trap, 13);
	FAULT(((void (*)(void))page)());
	CHECK(seen_signal == SIGSEGV && seen_code == SEGV_ACCERR && seen_address == page);
	CHECK_EQ(seen_error & 16, 16);
}

static void instructions(void)
{
	volatile int zero = 0, one = 1;

	FAULT(one = one / zero);
	CHECK(seen_signal == SIGFPE && seen_code == FPE_INTDIV);
	FAULT(asm volatile("ud2"));
	CHECK(seen_signal == SIGILL && seen_code == ILL_ILLOPN);
	FAULT(asm volatile("int3"));
	CHECK(seen_signal == SIGTRAP && seen_code == SI_KERNEL);
	FAULT(asm volatile("hlt"));
	CHECK(seen_signal == SIGSEGV && seen_code == SI_KERNEL);
	FAULT(asm volatile("pushf; orl $0x100, (%rsp); popf; nop; nop"));
	CHECK(seen_signal == SIGTRAP && seen_code == TRAP_TRACE);
}

/* QEMU's emulated processor never raises the exceptions of SSE; a real one does, and the guest may be on either. */
static int is_raised(void)
{
	return seen_signal != 0 || !in_hermitcore();
}

static void floating_point(void)
{
	volatile double zero = 0, one = 1;
	volatile long double long_zero = 0, long_one = 1;

	feenableexcept(FE_DIVBYZERO | FE_INVALID | FE_OVERFLOW);
	FAULT(one = one / zero);
	CHECK(!is_raised() || (seen_signal == SIGFPE && seen_code == FPE_FLTDIV));
	feenableexcept(FE_DIVBYZERO | FE_INVALID | FE_OVERFLOW);
	FAULT(zero = zero / zero);
	CHECK(!is_raised() || (seen_signal == SIGFPE && seen_code == FPE_FLTINV));
	feclearexcept(FE_ALL_EXCEPT);
	feenableexcept(FE_DIVBYZERO);
	FAULT({
		long_one = long_one / long_zero;
		asm volatile("fwait");
	});
	CHECK(seen_signal == SIGFPE && seen_code == FPE_FLTDIV);
	feclearexcept(FE_ALL_EXCEPT);
	fedisableexcept(FE_ALL_EXCEPT);
}

static void changed_rip(void)
{
	long result, counter = 5;

	/* Three bytes, skipped by the handler, which also answers 77. */
	skip = 3;
	asm volatile("xor %%ecx, %%ecx; mov (%%rcx), %%rax; inc %1" : "=a"(result), "+r"(counter) : : "rcx", "memory");
	CHECK_EQ(result, 77);
	CHECK_EQ(counter, 6);
	skip = 2;
	asm volatile("ud2; inc %1" : "=a"(result), "+r"(counter) : : "memory");
	CHECK_EQ(result, 77);
	CHECK_EQ(counter, 7);
	skip = 0;
}

int main(void)
{
	struct sigaction action;
	const int signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP };

	memset(&action, 0, sizeof(action));
	action.sa_sigaction = note;
	action.sa_flags = SA_SIGINFO;
	for (unsigned i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		sigaction(signals[i], &action, NULL);
	memory();
	instructions();
	floating_point();
	changed_rip();
	return check_done("signal-faults");
}
