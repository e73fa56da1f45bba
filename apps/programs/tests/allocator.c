/*
 * Holds and touches as much memory as it is told (SIZE with a suffix K, M, G, T, P or E) and lives on: the work load of
 * checkpoints and migrations, where the amount of memory is what counts. It ends only when it is ended.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hermit/syscall.h>

#define PAGE 4096
#define PAUSE_MS 500

/* 0: not a size. */
static size_t parse_size(const char *text)
{
	static const char suffixes[] = "KMGTPE";
	char *end;
	size_t size = strtoull(text, &end, 0);
	const char *suffix;

	if (end == text || *text == '-')
		return 0;
	if (*end == '\0')
		return size;
	suffix = strchr(suffixes, *end & ~0x20);
	if (suffix == NULL || end[1] != '\0')
		return 0;
	for (long power = suffix - suffixes; power >= 0; power--)
		if (__builtin_mul_overflow(size, 1024, &size))
			return 0;
	return size;
}

int main(int argc, char **argv)
{
	size_t size = argc == 2 ? parse_size(argv[1]) : 0;
	volatile char *memory;

	if (size == 0) {
		fprintf(stderr, "usage: allocator SIZE, with a suffix K, M, G, T, P or E\n");
		return -1;
	}
	printf("Allocating %zu bytes\n", size);
	memory = malloc(size);
	if (memory == NULL) {
		fprintf(stderr, "%zu bytes could not be allocated\n", size);
		return -1;
	}
	for (size_t at = 0; at < size; at += PAGE)
		memory[at] = 1;
	for (unsigned long count = 0;; count++) {
		printf("Sleeping ...%lu!\n", count);
		fflush(stdout);
		sys_msleep(PAUSE_MS);
	}
}
