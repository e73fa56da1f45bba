/*
 * Touches memory in a way that its mapping forbids: memory-fault MODE. Each mode ends in SIGSEGV, as on Linux.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define PAGE 4096ul

/* Without volatile: a volatile constant would lie in writable memory. */
static const char constant[16] = "a constant";
static volatile unsigned char data_code[16] = {0xb8, 42, 0, 0, 0, 0xc3};

static volatile char *map(int protection)
{
	void *area = mmap(NULL, 4 * PAGE, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (area == MAP_FAILED)
		exit(3);
	return area;
}

static void call(volatile void *code)
{
	((void (*)(void))(uintptr_t)code)();
}

static int execute(const char *mode)
{
	volatile char *area;

	if (!strcmp(mode, "write-null"))
		*(volatile char *volatile)NULL = 1;
	else if (!strcmp(mode, "write-constant"))
		*(volatile char *)(uintptr_t)&constant[2] = 1;
	else if (!strcmp(mode, "execute-data"))
		call(data_code);
	else if (!strcmp(mode, "execute-heap")) {
		unsigned char *code = malloc(4096);
		memset(code, 0xc3, 4096);
		call(code);
	} else if (!strcmp(mode, "read-none"))
		(void)map(PROT_NONE)[PAGE];
	else if (!strcmp(mode, "write-read-only"))
		map(PROT_READ)[PAGE] = 1;
	else if (!strcmp(mode, "write-protected")) {
		area = map(PROT_READ | PROT_WRITE);
		area[PAGE] = 1;
		if (mprotect((void *)(area + PAGE), PAGE, PROT_READ) != 0)
			return 4;
		area[2 * PAGE] = 1;
		area[PAGE] = 2;
	} else if (!strcmp(mode, "read-unmapped")) {
		area = map(PROT_READ | PROT_WRITE);
		area[PAGE] = 1;
		if (munmap((void *)area, 4 * PAGE) != 0)
			return 4;
		(void)area[PAGE];
	} else if (!strcmp(mode, "execute-unmapped"))
		call((void *)0x1234567000);
	else if (!strcmp(mode, "non-canonical"))
		(void)*(volatile char *)0x8000000000000000ul;
	else if (!strcmp(mode, "top-of-addresses"))
		(void)*(volatile char *)0xfffffffffffff000ul;
	else if (!strcmp(mode, "jump-non-canonical"))
		call((void *)0x8000000000000000ul);
	else if (!strcmp(mode, "misaligned-vector"))
		__asm__ volatile("movaps %%xmm0, (%0)" : : "r"((char *)malloc(64) + 1) : "memory");
	else
		return 2;
	return 0;
}

int main(int argc, char **argv)
{
	printf("before\n");
	fflush(stdout);
	int status = execute(argc > 1 ? argv[1] : "");
	printf("after\n");
	return status;
}
