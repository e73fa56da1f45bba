/*
 * The kernel's part of the one address space cannot be mapped, unmapped or given other rights by the calls that manage the
 * program's part. On Linux these addresses are the program's own, so there is nothing to test there.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>
#include "check.h"

#define PAGE 4096ul

int main(void)
{
	static const uintptr_t area[] = {0x7dfffffff000, 0x7e0000000000, 0x7e0000200000, 0x7f0000000000, 0x7f4000000000,
		0x7f8000000000, 0x7f8000010000, 0x7ffffffff000, 0x800000000000, 0xffff800000000000, 0xfffffffffffff000};

	if (!in_hermitcore())
		return not_applicable("kernel-addresses", "Linux keeps its kernel elsewhere");
	for (unsigned i = 0; i < sizeof area / sizeof *area; i++) {
		void *at = (void *)area[i];
		CHECK(mmap(at, 2 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED);
		CHECK(mprotect(at, 2 * PAGE, PROT_READ | PROT_WRITE | PROT_EXEC) == -1);
		/* No error when nothing of the program's is there, but nothing may go either. */
		munmap(at, 2 * PAGE);
		CHECK(getpid() > 0);
		void *hinted = mmap(at, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		CHECK(hinted != MAP_FAILED && (uintptr_t)hinted < 0x7e0000000000);
		memset(hinted, 1, PAGE);
		munmap(hinted, PAGE);
	}
	return check_done("kernel-addresses");
}
