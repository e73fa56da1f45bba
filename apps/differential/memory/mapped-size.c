/* VmSize and VmPeak of /proc/self/status: what is mapped now and at most, of a stack what has been touched; RLIMIT_AS is held against it. */
#include "proc-number.h"
#include <sys/resource.h>

static long kib(const char *name)
{
	return number_in("/proc/self/status", name);
}

/* Whether a difference is `mib` MiB, but for what the C library maps for itself. */
static const char *about(long difference, long mib)
{
	return difference > (mib * 1024) - 512 && difference < (mib * 1024) + 512 ? "as expected" : "something else";
}

static char *mapped(size_t bytes, int protection)
{
	char *memory = mmap(NULL, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	NEED(memory != MAP_FAILED);
	return memory;
}

static __attribute__((noinline)) void touch_stack(void)
{
	char array[4 * MIB];

	memset(array, 1, sizeof array);
	__asm__ volatile("" : : "r"(array) : "memory");
}

int main(void)
{
	const long size = kib("VmSize");
	const long data = kib("VmData");
	const long stack = kib("VmStk");

	printf("small: %d %d\n", size < 16 * 1024, stack < 1024);
	char *memory = mapped(64 * MIB, PROT_READ | PROT_WRITE);
	printf("mapped: %s, data %s\n", about(kib("VmSize") - size, 64), about(kib("VmData") - data, 64));
	char *reserved = mapped(256 * MIB, PROT_NONE);
	printf("reserved: %s, data %s\n", about(kib("VmSize") - size, 320), about(kib("VmData") - data, 64));
	NEED(munmap(reserved, 256 * MIB) == 0);
	memory = mremap(memory, 64 * MIB, 96 * MIB, MREMAP_MAYMOVE);
	NEED(memory != MAP_FAILED);
	printf("unmapped, moved: %s, most %s\n", about(kib("VmSize") - size, 96), about(kib("VmPeak") - size, 320));
	touch_stack();
	printf("stack: %s, all %s\n", about(kib("VmStk") - stack, 4), about(kib("VmSize") - size, 100));
	NEED(munmap(memory, 96 * MIB) == 0);
	const struct rlimit limit = {32 * MIB, 32 * MIB};
	NEED(setrlimit(RLIMIT_AS, &limit) == 0);
	printf("limited: %d", mmap(NULL, 8 * MIB, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
	printf(" %d\n", mmap(NULL, 32 * MIB, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
	return 0;
}
