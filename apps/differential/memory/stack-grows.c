/* The first thread's stack grows as far as its limit allows, in any step. */
#include "differ.h"
#include <sys/resource.h>

__attribute__((noinline)) static long use(size_t kilobytes)
{
	char frame[64 * KIB];

	memset(frame, (int)kilobytes, sizeof frame);
	__asm__ volatile("" ::"r"(frame) : "memory");
	return kilobytes <= 64 ? frame[5] != (char)kilobytes : use(kilobytes - 64) + (frame[5] != (char)kilobytes);
}

int main(void)
{
	struct rlimit limit;

	NEED(getrlimit(RLIMIT_STACK, &limit) == 0);
	HOLDS(limit.rlim_cur >= 8 * MIB);
	SHOW(use(7 * 1024));
	char *far = __builtin_alloca(7 * MIB);
	far[0] = 1;
	far[7 * MIB - 1] = 2;
	SHOW(far[0] + far[7 * MIB - 1]);
	return 0;
}
