/*
 * 256-bit registers: computing with them works, and their contents survive system calls, sleeps and a third of a second
 * of computing (in which the kernel may take interrupts). glibc's memcpy uses them without asking the program.
 */
#define _GNU_SOURCE
#include <cpuid.h>
#include <immintrin.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>
#include "check.h"

static int avx_usable(void)
{
	unsigned a, b, c, d, low, high;

	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE) || !(c & bit_AVX))
		return 0;
	__asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return (low & 6) == 6;
}

static int64_t now_ns(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	return at.tv_sec * 1000000000ll + at.tv_nsec;
}

__attribute__((target("avx"), noinline)) static double dot(const double *left, const double *right, int count)
{
	__m256d sum = _mm256_setzero_pd();
	double part[4];

	for (int i = 0; i < count; i += 4)
		sum = _mm256_add_pd(sum, _mm256_mul_pd(_mm256_loadu_pd(left + i), _mm256_loadu_pd(right + i)));
	_mm256_storeu_pd(part, sum);
	return part[0] + part[1] + part[2] + part[3];
}

/* All sixteen registers loaded, a system call made by hand (no libc function may touch them), all compared. */
__attribute__((target("avx"), noinline)) static int survives(long number, void *argument)
{
	static uint8_t in[16][32], out[16][32];
	long answer;

	for (int i = 0; i < 16; i++)
		for (int j = 0; j < 32; j++)
			in[i][j] = (uint8_t)(i * 32 + j + number);
#define LOAD(n) "vmovdqu " #n "*32(%[in]), %%ymm" #n "\n\t"
#define STORE(n) "vmovdqu %%ymm" #n ", " #n "*32(%[out])\n\t"
#define ALL(each) each(0) each(1) each(2) each(3) each(4) each(5) each(6) each(7) each(8) each(9) each(10) each(11) \
	each(12) each(13) each(14) each(15)
	/* SAFETY: every register that the block writes is named; both areas are 512 bytes. */
	__asm__ volatile(ALL(LOAD) "syscall\n\t" ALL(STORE) "vzeroupper"
		: "=a"(answer)
		: "a"(number), "D"(argument), "S"(0l), [in] "b"(in), [out] "r"(out)
		: "rcx", "r11", "memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9",
		"xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
	return memcmp(in, out, sizeof in) == 0;
}

int main(void)
{
	static double left[1024], right[1024];
	struct timespec brief = {0, 5000000};

	if (!avx_usable())
		return not_applicable("avx", "this machine has no AVX");
	for (int i = 0; i < 1024; i++) {
		left[i] = i;
		right[i] = 2;
	}
	CHECK(dot(left, right, 1024) == 1047552.0);
	int lost = 0;
	for (int i = 0; i < 1000; i++)
		lost += !survives(39, NULL);
	CHECK_EQ(lost, 0);
	CHECK(survives(35, &brief));
	CHECK(survives(24, NULL));
	CHECK(survives(9999, NULL));
	int64_t until = now_ns() + 300000000;
	int wrong = 0;
	while (now_ns() < until)
		wrong += dot(left, right, 1024) != 1047552.0;
	CHECK_EQ(wrong, 0);
	return check_done("avx");
}
