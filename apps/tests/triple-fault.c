/*
 * Kills the machine: triple-fault ADDRESS LENGTH fills that memory (page tables or descriptor tables; the harness takes the
 * addresses from abi/memory-map.ts) and then faults, so that the processor cannot deliver the fault. Application and kernel
 * share one address space in HermitCore, which is why a program can do this at all. On Linux it refuses.
 */
#include <stdint.h>
#include "check.h"

int main(int argc, char **argv)
{
	if (!in_hermitcore() || argc < 3)
		return not_applicable("triple-fault", "not in HermitCore, or no address given");
	volatile uint64_t *at = (volatile uint64_t *)(uintptr_t)strtoull(argv[1], NULL, 0);
	uint64_t count = strtoull(argv[2], NULL, 0) / sizeof *at;

	printf("before\n");
	fflush(stdout);
	/* All ones is no valid table entry of any kind: reserved bits are set. */
	for (uint64_t i = 0; i < count; i++)
		at[i] = ~0ull;
	/* Touching many pages makes the processor read its page tables again. */
	static volatile char pages[64 * 1024 * 1024];
	for (unsigned long offset = 0; offset < sizeof pages; offset += 4096)
		pages[offset] = 1;
	__asm__ volatile("ud2");
	printf("after\n");
	return 0;
}
