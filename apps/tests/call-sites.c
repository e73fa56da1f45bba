/*
 * System calls in every shape that compilers give them, each executed several times from the same place and entered in the
 * middle, too: a system that changes call sites into jumps must not be noticed, neither at the first calls nor at later ones.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "check.h"

/* More than a system may let pass before it changes anything. */
#define ROUNDS 24

/* A site, its name, and the name of its `syscall` instruction, where code may jump to. */
#define SITE(name, instruction)                                                                                        \
	__asm__(".text\n.balign 64\n" #name ":\n\t" instruction "\n" #name "_inside:\n\tsyscall\n\tret\n\tud2\n");         \
	extern const char name[], name##_inside[];

/* The same with the comparison that libc has behind the `syscall`, where code may jump to as well. */
#define COMPARED_SITE(name, instruction)                                                                               \
	__asm__(".text\n.balign 64\n" #name ":\n\t" instruction "\n" #name "_inside:\n\tsyscall\n" #name                   \
		"_behind:\n\tcmp $0xfffffffffffff000, %rax\n\tja 1f\n\tret\n1:\tneg %eax\n\tret\n\tud2\n");                  \
	extern const char name[], name##_inside[], name##_behind[];

SITE(number, "mov $39, %eax")
SITE(number_of_changing_answer, "mov $186, %eax")
SITE(wide_number, "mov $39, %rax")
SITE(wide_move, "mov %rbx, %rdi")
SITE(narrow_move, "mov %r8d, %edi")
SITE(move_of_number, "mov %r12, %rax")
SITE(number_in_r10, "mov $8, %r10d")
SITE(number_in_rdi, "mov $1, %edi")
SITE(word_of_stack, "mov 8(%rsp), %r9")
SITE(address_on_stack, "lea -64(%rsp), %rsi")
SITE(two_bytes, "mov %ebx, %edi")
SITE(cleared, "xor %edi, %edi")
COMPARED_SITE(cleared_number, "xor %eax, %eax")
COMPARED_SITE(short_move, "mov %ebx, %edi")
COMPARED_SITE(turned_flag, "xor $0x81, %sil")

/* Two sites of which the first one's jump would reach to the second one's first byte. */
SITE(neighbours, "xor %eax, %eax\n\tsyscall\n\tmov %r12, %rax")
/* Longer instructions whose last two bytes are mov %edi,%edi and xor %edi,%edi. */
SITE(address_like_move, "xor %ecx, %ecx\n\tlea -1(%rbx, %rcx, 4), %rsi")
SITE(address_like_clearing, "lea -1(%rbx, %rsi, 1), %rsi")

/* A jump over the syscall whose target begins near the start of a page. */
__asm__(".text\n.balign 4096\n.skip 0x100\n");
COMPARED_SITE(early_in_page, "xor %eax, %eax")

struct call {
	long rax, rdi, rsi, rdx, r10, r8, r9, rbx, r12;
};

/* Calls the site with these registers and stores what they hold afterwards. */
static long at(const char *site, struct call *call)
{
	long answer = call->rax;
	struct call *where = call;

	__asm__ volatile("mov %[call], %%r13\n\t"
			 "mov %[site], %%r14\n\t"
			 "mov 8(%%r13), %%rdi\n\tmov 16(%%r13), %%rsi\n\tmov 24(%%r13), %%rdx\n\tmov 32(%%r13), %%r10\n\t"
			 "mov 40(%%r13), %%r8\n\tmov 48(%%r13), %%r9\n\tmov 56(%%r13), %%rbx\n\tmov 64(%%r13), %%r12\n\t"
			 "call *%%r14\n\t"
			 "mov %%rdi, 8(%%r13)\n\tmov %%rsi, 16(%%r13)\n\tmov %%rdx, 24(%%r13)\n\tmov %%r10, 32(%%r13)\n\t"
			 "mov %%r8, 40(%%r13)\n\tmov %%r9, 48(%%r13)\n\tmov %%rbx, 56(%%r13)\n\tmov %%r12, 64(%%r13)\n\t"
			 : "+a"(answer), [call] "+b"(where), [site] "+d"(site)
			 :
			 : "rcx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "memory", "cc");
	return answer;
}

static struct call with(long number)
{
	return (struct call){number, 0, 0, 0, 0, 0, 0, 0, 0};
}

static void numbers(void)
{
	for (int i = 0; i < ROUNDS; i++) {
		struct call call = with(-1);
		CHECK_EQ(at(number, &call), getpid());
		CHECK_EQ(at(wide_number, &call), getpid());
		CHECK_EQ(at(number_of_changing_answer, &call), getpid());
	}
}

/* The same `syscall` instruction, reached by a jump, is another call. */
static void entered_in_the_middle(void)
{
	static const char *const inside[] = {number_inside, wide_number_inside, number_of_changing_answer_inside};

	for (int i = 0; i < ROUNDS; i++)
		for (unsigned j = 0; j < sizeof inside / sizeof *inside; j++) {
			struct call call = with(SYS_getppid);
			CHECK_EQ(at(inside[j], &call), getppid());
			call.rax = 9999;
			CHECK_EQ(at(inside[j], &call), -ENOSYS);
		}
}

/* getpgid(0) answers, getpgid of nobody does not: the move takes place each time. */
static void moves(void)
{
	long group = getpgid(0);

	for (int i = 0; i < ROUNDS; i++) {
		struct call call = with(SYS_getpgid);
		CHECK_EQ(at(wide_move, &call), group);
		call.rbx = 0x7ffffff0;
		CHECK_EQ(at(wide_move, &call), -ESRCH);
		CHECK_EQ(call.rdi, 0x7ffffff0);
		call = with(SYS_getpgid);
		call.rdi = 0x7ffffff0;
		CHECK_EQ(at(wide_move_inside, &call), -ESRCH);
		call.rdi = 0x7ffffff0;
		call.r8 = 0x100000000;
		CHECK_EQ(at(narrow_move, &call), group);
		CHECK_EQ(call.rdi, 0);
		CHECK_EQ(call.r8, 0x100000000);
		CHECK_EQ(at(two_bytes, &call), group);
		call.rdi = 0x7ffffff0;
		CHECK_EQ(at(cleared, &call), group);
		call = with(-1);
		call.r12 = i % 2 ? SYS_getppid : SYS_getpgid;
		CHECK_EQ(at(move_of_number, &call), i % 2 ? getppid() : group);
		call.rax = SYS_getpgid;
		CHECK_EQ(at(move_of_number_inside, &call), group);
	}
}

static void arguments(void)
{
	for (int i = 0; i < ROUNDS; i++) {
		sigset_t mask;
		struct timespec time = {-1, -1};
		struct call call = with(SYS_rt_sigprocmask);
		call.rdx = (long)&mask;
		CHECK_EQ(at(number_in_r10, &call), 0);
		call.r10 = 7;
		CHECK_EQ(at(number_in_r10_inside, &call), -EINVAL);
		call = with(SYS_clock_gettime);
		call.rsi = (long)&time;
		CHECK_EQ(at(number_in_rdi, &call), 0);
		CHECK(time.tv_sec >= 0 && call.rdi == CLOCK_MONOTONIC);
		call = with(SYS_clock_gettime);
		call.rdi = CLOCK_MONOTONIC;
		CHECK_EQ(at(address_on_stack, &call), 0);
		call = with(SYS_getpgid);
		CHECK_EQ(at(word_of_stack, &call), getpgid(0));
	}
}

/* Instructions so short that a jump in their place reaches to what stands behind the `syscall`. */
static void short_ones(void)
{
	long group = getpgid(0);
	int futex = 0;

	for (int i = 0; i < ROUNDS; i++) {
		struct call call = with(77);
		call.rdi = -1;
		CHECK_EQ(at(cleared_number, &call), EBADF);
		call = with(SYS_getppid);
		CHECK_EQ(at(cleared_number_inside, &call), getppid());
		call = with(77);
		call.rdi = -1;
		CHECK_EQ(at(early_in_page, &call), EBADF);
		call = with(SYS_getppid);
		CHECK_EQ(at(early_in_page_inside, &call), getppid());
		CHECK_EQ(at(cleared_number_behind, &call), SYS_getppid);
		call.rax = -EAGAIN;
		CHECK_EQ(at(cleared_number_behind, &call), EAGAIN);
		call = with(SYS_getpgid);
		call.rdi = 0x7ffffff0;
		CHECK_EQ(at(short_move, &call), group);
		call = with(SYS_getpgid);
		call.rdi = 0x7ffffff0;
		CHECK_EQ(at(short_move_inside, &call), ESRCH);
		CHECK_EQ(at(short_move_behind, &call), SYS_getpgid);
		call = with(SYS_futex);
		call.rdi = (long)&futex;
		call.rdx = 1;
		CHECK_EQ(at(turned_flag, &call), 0);
		call.rsi = 0x7f;
		CHECK_EQ(at(turned_flag_inside, &call), ENOSYS);
	}
}

/* What looks like a short instruction and is none, or may not change although it is one. */
static void close_ones(void)
{
	const char text[] = "ab";
	int ends[2];

	CHECK_EQ(pipe(ends), 0);
	CHECK_EQ(dup2(ends[0], 0), 0);
	for (int i = 0; i < ROUNDS; i++) {
		char bytes[2] = {0, 0};
		struct call call = with(0);
		CHECK_EQ(write(ends[1], text, 2), 2);
		call.rbx = (long)&bytes[1];
		call.rdx = 1;
		CHECK_EQ(at(address_like_move, &call), 1);
		call = with(0);
		call.rbx = (long)&bytes[1];
		call.rsi = 1;
		call.rdx = 1;
		CHECK_EQ(at(address_like_clearing, &call), 1);
		CHECK(bytes[0] == 'a' && bytes[1] == 'b');
		CHECK_EQ(write(ends[1], text, 1), 1);
		call = with(0);
		call.rsi = (long)bytes;
		call.rdx = 1;
		call.r12 = SYS_getppid;
		CHECK_EQ(at(neighbours, &call), getppid());
		CHECK_EQ(bytes[0], 'a');
	}
}

int main(void)
{
	numbers();
	close_ones();
	short_ones();
	entered_in_the_middle();
	moves();
	arguments();
	numbers();
	return check_done("call-sites");
}
