/* An asynchronous signal changes no register, no flag and no byte below the stack pointer (the red zone) of what it interrupts. */
#include "differ.h"
#include <sys/time.h>

static volatile sig_atomic_t count;

static void handler(int number)
{
	volatile double noise = 3.25;
	volatile char area[512];

	(void)number;
	for (size_t index = 0; index < sizeof area; index++)
		area[index] = (char)0xee;
	noise = noise * noise / 7;
	__asm__ volatile("pcmpeqd %%xmm0, %%xmm0; movdqa %%xmm0, %%xmm7; movdqa %%xmm0, %%xmm15; std; cld" ::: "xmm0", "xmm7", "xmm15");
	count++;
}

__attribute__((noinline)) static int spin_until(int wanted)
{
	int wrong = 0;

	/* Everything is checked in one piece of assembly, so that no register is the compiler's. */
	__asm__ volatile("movq $0x1111, %%r8; movq $0x2222, %%r9; movq $0x3333, %%r10; movq $0x4444, %%r12\n\t"
					 "movq $0x5555, %%r13; movq %%r8, %%xmm7; movq %%r9, %%xmm15\n\t"
					 "movq $0x7777, %%rdx; movq %%rdx, -8(%%rsp); movq %%rdx, -128(%%rsp)\n\t"
					 "1: pause\n\t"
					 "cmpq $0x1111, %%r8; jne 2f; cmpq $0x2222, %%r9; jne 2f; cmpq $0x3333, %%r10; jne 2f\n\t"
					 "cmpq $0x4444, %%r12; jne 2f; cmpq $0x5555, %%r13; jne 2f\n\t"
					 "movq %%xmm7, %%rax; cmpq $0x1111, %%rax; jne 2f; movq %%xmm15, %%rax; cmpq $0x2222, %%rax; jne 2f\n\t"
					 "cmpq $0x7777, -8(%%rsp); jne 2f; cmpq $0x7777, -128(%%rsp); jne 2f; cmpq $0x7777, %%rdx; jne 2f\n\t"
					 "cmpl %2, %1; jl 1b\n\t"
					 "jmp 3f\n\t2: movl $1, %0\n\t3:"
					 : "+m"(wrong)
					 : "m"(count), "r"(wanted)
					 : "rax", "rdx", "r8", "r9", "r10", "r12", "r13", "xmm7", "xmm15", "memory", "cc");
	return wrong;
}

int main(void)
{
	struct itimerval often = {.it_value = {.tv_usec = 1000}, .it_interval = {.tv_usec = 1000}};

	signal(SIGALRM, handler);
	setitimer(ITIMER_REAL, &often, NULL);
	SHOW(spin_until(50));
	return 0;
}
