/*
 * What a handler interrupts goes on with every register as it was: general, flags, x87, SSE and the upper halves of AVX, however often and
 * wherever signals come; and handlers begin with the FPU as a program does. The state on the stack is as debuggers and compilers know it.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>

#include "check.h"

static volatile int calls, bad_start, bad_magic;

static void clobber(int signal, siginfo_t *info, void *context)
{
	fpregset_t state = ((ucontext_t *)context)->uc_mcontext.fpregs;
	uint32_t mxcsr;
	uint16_t control;

	(void)signal;
	(void)info;
	asm volatile("stmxcsr %0; fnstcw %1" : "=m"(mxcsr), "=m"(control));
	bad_start += mxcsr != 0x1f80 || control != 0x37f;
	uint32_t *software = (uint32_t *)((char *)state + 464);
	if (software[0] == 0x46505853)
		bad_magic += *(uint32_t *)((char *)state + software[4]) != 0x46505845 || software[1] != software[4] + 4;
	asm volatile("pxor %%xmm0, %%xmm0; pcmpeqd %%xmm1, %%xmm1; pxor %%xmm15, %%xmm15; fninit; fldpi"
		     :
		     :
		     : "xmm0", "xmm1", "xmm15", "memory");
	if (__builtin_cpu_supports("avx"))
		asm volatile("vzeroall" : : : "memory");
	calls++;
}

/* All of it in one asm, so that no compiler code runs between setting and looking. */
static int spin_with_registers(int wanted, int has_avx)
{
	uint64_t bad = 0;
	static uint8_t in[32] __attribute__((aligned(32))), out[32] __attribute__((aligned(32)));
	volatile int *count = &calls;

	for (int i = 0; i < 32; i++)
		in[i] = (uint8_t)(i * 7 + 1);
	if (has_avx)
		asm volatile("vmovdqa (%3), %%ymm15\n\t"
			     "mov $0x1111, %%rbx\n\tmov $0x2222, %%r8\n\tmov $0x3333, %%r11\n\tmov $0x4444, %%r15\n"
			     "1:\tmov (%1), %%eax\n\tcmp %2, %%eax\n\tjl 1b\n\t"
			     "cmp $0x1111, %%rbx\n\tjne 2f\n\tcmp $0x2222, %%r8\n\tjne 2f\n\t"
			     "cmp $0x3333, %%r11\n\tjne 2f\n\tcmp $0x4444, %%r15\n\tjne 2f\n\t"
			     "vmovdqa %%ymm15, (%4)\n\tjmp 3f\n"
			     "2:\tmov $1, %0\n3:"
			     : "+&r"(bad)
			     : "r"(count), "r"(wanted), "r"(in), "r"(out)
			     : "rax", "rbx", "r8", "r11", "r15", "xmm15", "cc", "memory");
	else
		while (*count < wanted)
			memcpy(out, in, sizeof(in));
	return bad == 0 && memcmp(in, out, sizeof(in)) == 0;
}

/* Calls under fire: each must answer what it always does. */
static int call_under_fire(int wanted)
{
	long group = getpgid(0);

	while (calls < wanted) {
		if (syscall(SYS_getpgid, 0) != group || syscall(SYS_sched_yield) != 0 || syscall(SYS_dup, -1) != -1)
			return 0;
	}
	return 1;
}

static double sum_of_inverses(void)
{
	double sum = 0;

	for (int i = 1; i <= 20000; i++)
		sum += 1.0 / i;
	return sum;
}

static int sums_under_fire(int wanted, double right)
{
	while (calls < wanted)
		if (sum_of_inverses() != right)
			return 0;
	return 1;
}

int main(void)
{
	struct sigaction action;
	struct itimerval timer = { { 0, 1000 }, { 0, 1000 } };
	uint32_t mxcsr = 0x3f80;
	double right = sum_of_inverses();

	memset(&action, 0, sizeof(action));
	action.sa_sigaction = clobber;
	action.sa_flags = SA_SIGINFO | SA_RESTART;
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
	CHECK(spin_with_registers(50, __builtin_cpu_supports("avx")));
	calls = 0;
	CHECK(call_under_fire(100));
	calls = 0;
	CHECK(sums_under_fire(50, right));
	/* Rounding downwards, say: the handler does not see it, and the program keeps it. */
	asm volatile("ldmxcsr %0" : : "m"(mxcsr));
	raise(SIGALRM);
	asm volatile("stmxcsr %0" : "=m"(mxcsr));
	CHECK_EQ(mxcsr & 0xffc0, 0x3f80);
	timer.it_interval.tv_usec = timer.it_value.tv_usec = 0;
	setitimer(ITIMER_REAL, &timer, NULL);
	CHECK_EQ(bad_start, 0);
	CHECK_EQ(bad_magic, 0);
	return check_done("signal-registers");
}
