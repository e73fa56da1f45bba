/* brk and sbrk: growing, shrinking, zeros, what cannot be. */
#include "differ.h"

int main(void)
{
	char *start = (char *)syscall(SYS_brk, 0);

	HOLDS((char *)syscall(SYS_brk, start + 5 * PAGE + 100) == start + 5 * PAGE + 100);
	HOLDS((char *)syscall(SYS_brk, 0) == start + 5 * PAGE + 100);
	memset(start, 1, 5 * PAGE + 100);
	HOLDS((char *)syscall(SYS_brk, start + PAGE) == start + PAGE);
	HOLDS((char *)syscall(SYS_brk, start + 3 * PAGE) == start + 3 * PAGE);
	SHOW(start[0]);
	SHOW(start[2 * PAGE + 50]);
	READING(start + 4 * PAGE + PAGE);
	HOLDS((char *)syscall(SYS_brk, start - 100 * GIB) == start + 3 * PAGE);
	HOLDS((char *)syscall(SYS_brk, (char *)0x7fffffffffff) == start + 3 * PAGE);
	HOLDS((char *)syscall(SYS_brk, start) == start);
	return 0;
}
