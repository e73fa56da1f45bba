/*
 * Every register but rax, rcx and r11 survives a system call, at call sites of every shape (registers-probe.S), many
 * times at the same site, with all flags, with the red zone in use, and in code that is made at run time.
 */
#define _GNU_SOURCE
#include <cpuid.h>
#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>
#include "check.h"

struct state {
	uint64_t general[16];
	uint64_t flags;
	uint64_t unused[7];
	uint8_t red_zone[128];
	uint8_t vector[16][32];
};

_Static_assert(sizeof(struct state) == 832, "the layout that registers-probe.S has");

enum { RAX, RBX, RCX, RDX, RSI, RDI, RBP, RSP, R8, R9, R10, R11, R12, R13, R14, R15 };

extern struct state probe_in, probe_out;
extern uint64_t probe_has_avx, lookalike_constant;
extern const void *probe_target;
extern const uint8_t middle_start[], middle_syscall[], lookalike_data[16];

typedef long probe(void);
extern probe probe_mov_eax, probe_mov_eax_unknown, probe_mov_rax, probe_number_in_rax, probe_push_pop,
	probe_mov_jump_syscall, probe_middle, probe_four_in_a_row, probe_loop, probe_across_line, probe_across_page,
	probe_lookalike, probe_spin;

static const char *const register_name[] = {"rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp",
	"r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"};

#define FREE_AFTER_SYSTEM_CALL (1 << RAX | 1 << RCX | 1 << R11)

/* CF, PF, AF, ZF, SF, DF and OF: those a program can set and read. Bit 1 is always 1; IF always stays. */
#define FLAG_BITS 0xcd5ull

static int has_avx(void)
{
	unsigned a, b, c, d, low, high;

	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE) || !(c & bit_AVX))
		return 0;
	__asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return (low & 6) == 6;
}

static void fill(uint64_t seed, uint64_t flags)
{
	for (int i = 0; i < 16; i++)
		probe_in.general[i] = (seed + (uint64_t)i) * 0x9e3779b97f4a7c15ull;
	probe_in.flags = 0x202 | flags;
	for (int i = 0; i < 128; i++)
		probe_in.red_zone[i] = (uint8_t)(seed * 31 + (uint64_t)i);
	for (int i = 0; i < 16; i++)
		for (int j = 0; j < 32; j++)
			probe_in.vector[i][j] = (uint8_t)(seed * 7 + (uint64_t)(i * 32 + j));
	memset(&probe_out, 0xee, sizeof probe_out);
}

static int differences(const char *title, int free_registers)
{
	int found = 0;

	for (int i = 0; i < 16; i++)
		if (!(free_registers >> i & 1) && probe_in.general[i] != probe_out.general[i]) {
			fprintf(stderr, "%s: %s was %#llx, became %#llx\n", title, register_name[i],
				(unsigned long long)probe_in.general[i], (unsigned long long)probe_out.general[i]);
			found++;
		}
	if ((probe_in.flags ^ probe_out.flags) & FLAG_BITS) {
		fprintf(stderr, "%s: rflags was %#llx, became %#llx\n", title, (unsigned long long)probe_in.flags,
			(unsigned long long)probe_out.flags);
		found++;
	}
	if (memcmp(probe_in.red_zone, probe_out.red_zone, 128)) {
		fprintf(stderr, "%s: the red zone changed\n", title);
		found++;
	}
	for (int i = 0; i < 16; i++)
		if (memcmp(probe_in.vector[i], probe_out.vector[i], probe_has_avx ? 32 : 16)) {
			fprintf(stderr, "%s: vector register %d changed\n", title, i);
			found++;
		}
	return found;
}

/* Runs a probe several times: the first call of a site may take another way than the later ones. */
static void survives(const char *title, probe *run, uint64_t rax, long wanted, int free_registers)
{
	static const uint64_t flags[] = {0, 0x400, FLAG_BITS, 0x001, 0x840, FLAG_BITS & ~0x400ull};
	int found = 0, wrong = 0;

	for (uint64_t round = 0; round < 6; round++) {
		fill(round * 77 + 5, flags[round]);
		probe_in.general[RAX] = rax;
		long answer = run();
		wrong += answer != wanted;
		found += differences(title, free_registers);
	}
	if (wrong)
		fprintf(stderr, "%s: a wrong answer\n", title);
	CHECK_EQ(wrong, 0);
	CHECK_EQ(found, 0);
}

static void entered_in_the_middle(long pid)
{
	for (int round = 0; round < 3; round++) {
		probe_target = middle_start;
		survives("middle, from the start", probe_middle, 1, pid, FREE_AFTER_SYSTEM_CALL);
		probe_target = middle_syscall;
		survives("middle, at syscall", probe_middle, 1, -ENOSYS, FREE_AFTER_SYSTEM_CALL);
	}
}

static void bytes_that_look_like_a_site(long pid)
{
	static const uint8_t wanted[16] = {0xb8, 39, 0, 0, 0, 0x0f, 0x05, 0x90,
		0xb8, 0x0f, 0x05, 0x0f, 0x05, 0x0f, 0x05, 0x0f};

	survives("lookalike", probe_lookalike, 1, pid, FREE_AFTER_SYSTEM_CALL);
	CHECK(lookalike_constant == 0x11050f00000027b8ull);
	CHECK(memcmp(lookalike_data, wanted, sizeof wanted) == 0);
}

/* What one call made at an address may not be what the next call at the same address finds: code is made anew. */
static void code_made_at_run_time(long pid)
{
	static const uint8_t code[] = {0xb8, 39, 0, 0, 0, 0x0f, 0x05, 0xc3};
	uint8_t *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	long (*call)(void) = (long (*)(void))(uintptr_t)page;

	if (!CHECK(page != MAP_FAILED))
		return;
	for (int round = 0; round < 4; round++) {
		memcpy(page, code, sizeof code);
		if (round & 1) {
			page[1] = 0x0f;
			page[2] = 0x27;
		}
		if (!CHECK_EQ(mprotect(page, 4096, PROT_READ | PROT_EXEC), 0))
			return;
		for (int again = 0; again < 3; again++)
			CHECK_EQ(call(), round & 1 ? -ENOSYS : pid);
		CHECK_EQ(mprotect(page, 4096, PROT_READ | PROT_WRITE), 0);
		/* Other code in the same place that contains no call at all. */
		static const uint8_t plain[] = {0xb8, 7, 0, 0, 0, 0x90, 0x90, 0xc3};
		memcpy(page, plain, sizeof plain);
		CHECK_EQ(mprotect(page, 4096, PROT_READ | PROT_EXEC), 0);
		CHECK_EQ(call(), 7);
		CHECK_EQ(mprotect(page, 4096, PROT_READ | PROT_WRITE), 0);
	}
	munmap(page, 4096);
}

int main(void)
{
	long pid = getpid();

	probe_has_avx = (uint64_t)has_avx();
	survives("mov to eax", probe_mov_eax, 1, pid, FREE_AFTER_SYSTEM_CALL);
	survives("unknown call", probe_mov_eax_unknown, 1, -ENOSYS, FREE_AFTER_SYSTEM_CALL);
	survives("mov to rax", probe_mov_rax, 1, pid, FREE_AFTER_SYSTEM_CALL);
	survives("number in rax", probe_number_in_rax, 39, pid, FREE_AFTER_SYSTEM_CALL);
	survives("number in rax, unknown", probe_number_in_rax, 9999, -ENOSYS, FREE_AFTER_SYSTEM_CALL);
	survives("push and pop", probe_push_pop, 1, pid, FREE_AFTER_SYSTEM_CALL);
	survives("jump between", probe_mov_jump_syscall, 1, pid, FREE_AFTER_SYSTEM_CALL);
	survives("four in a row", probe_four_in_a_row, 1, pid, FREE_AFTER_SYSTEM_CALL);
	survives("across a cache line", probe_across_line, 1, pid, FREE_AFTER_SYSTEM_CALL);
	survives("across a page", probe_across_page, 1, pid, FREE_AFTER_SYSTEM_CALL);
	survives("loop", probe_loop, 1, pid, FREE_AFTER_SYSTEM_CALL | 1 << R12);
	CHECK_EQ(probe_out.general[R12], 0);
	entered_in_the_middle(pid);
	bytes_that_look_like_a_site(pid);
	code_made_at_run_time(pid);
	survives("computing", probe_spin, 123, 123, 1 << RCX);
	return check_done("registers");
}
