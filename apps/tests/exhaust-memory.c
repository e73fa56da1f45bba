/*
 * Takes memory until there is no more: exhaust-memory MODE [MIB].
 *   malloc   blocks of 1 MiB, each touched, until malloc says no (or the machine ends the program)
 *   small    blocks of 100 bytes, the same
 *   map      one mapping larger than the machine's memory, touched page by page: nothing can say no, so the program ends
 * With MIB given it stops by itself after that much; on Linux it refuses to run without. Never hangs, never loops.
 */
#define _GNU_SOURCE
#include <sys/mman.h>
#include "check.h"

#define MIB (1024ul * 1024)

static int by_malloc(size_t block_size, size_t limit)
{
	size_t taken = 0;

	while (taken < limit) {
		char *block = malloc(block_size);
		if (!block) {
			printf("malloc says no\n");
			return 3;
		}
		for (size_t at = 0; at < block_size; at += 4096)
			block[at] = 1;
		taken += block_size;
	}
	printf("the limit is reached\n");
	return 0;
}

static int by_mapping(size_t limit)
{
	size_t length = limit < 64ul << 30 ? limit : 64ul << 30;
	char *area = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (area == MAP_FAILED) {
		printf("mmap says no\n");
		return 3;
	}
	for (size_t at = 0; at < length; at += 4096)
		area[at] = 1;
	printf("the limit is reached\n");
	return 0;
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";
	size_t limit = argc > 2 ? strtoul(argv[2], NULL, 0) * MIB : ~0ul;

	if (argc < 3 && !in_hermitcore())
		return not_applicable("exhaust-memory", "no limit given, and not in HermitCore");
	printf("before\n");
	fflush(stdout);
	if (!strcmp(mode, "malloc"))
		return by_malloc(MIB, limit);
	if (!strcmp(mode, "small"))
		return by_malloc(100, limit);
	if (!strcmp(mode, "map"))
		return by_mapping(limit);
	return 2;
}
