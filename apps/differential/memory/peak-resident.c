/* ru_maxrss and VmHWM remember the most memory that was in use, also after it has been given back by each of the ways. */
#include "differ.h"
#include <sys/resource.h>

static long most_kib(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_maxrss;
}

static long high_water_kib(void)
{
	char line[256];
	long value = -1;
	FILE *file = fopen("/proc/self/status", "r");

	NEED(file != NULL);
	while (fgets(line, sizeof line, file))
		if (sscanf(line, "VmHWM: %ld", &value) == 1)
			break;
	fclose(file);
	return value;
}

static void check(const char *way, size_t bytes)
{
	/* Linux counts in batches. */
	long least = (long)(bytes / KIB) - 1024;

	printf("%s: %s %s\n", way, most_kib() >= least ? "kept" : "forgotten", high_water_kib() >= least ? "kept" : "forgotten");
}

static char *touched(size_t bytes)
{
	char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	NEED(memory != MAP_FAILED);
	memset(memory, 1, bytes);
	return memory;
}

int main(void)
{
	munmap(touched(32 * MIB), 32 * MIB);
	check("munmap", 32 * MIB);
	madvise(touched(64 * MIB), 64 * MIB, MADV_DONTNEED);
	check("madvise", 64 * MIB);
	/* musl's sbrk() only tells where the break is. */
	char *start = (char *)syscall(SYS_brk, 0);
	NEED((char *)syscall(SYS_brk, start + 96 * MIB) == start + 96 * MIB);
	memset(start, 1, 96 * MIB);
	syscall(SYS_brk, start);
	check("brk", 96 * MIB);
	return 0;
}
