/* The break does not grow into a mapping. */
#include "differ.h"

int main(void)
{
	char *start = (char *)syscall(SYS_brk, 0);
	char *page = (char *)(((uintptr_t)start + 64 * PAGE + PAGE - 1) & ~(PAGE - 1));

	HOLDS(mmap(page, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == page);
	page[0] = 77;
	HOLDS((char *)syscall(SYS_brk, page + 2 * PAGE) == start);
	HOLDS((char *)syscall(SYS_brk, start + PAGE) == start + PAGE);
	SHOW(page[0]);
	return 0;
}
