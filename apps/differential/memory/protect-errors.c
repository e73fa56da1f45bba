/* What mprotect refuses, and how far it gets before a hole. */
#include "differ.h"

/* Not by the library: musl rounds addresses and lengths itself. */
#define PROTECT(address, length, rights) syscall(SYS_mprotect, address, length, rights)

int main(void)
{
	char *area = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	NEED(area != MAP_FAILED && munmap(area + 2 * PAGE, PAGE) == 0);
	CALL(PROTECT(area + 1, PAGE, PROT_READ));
	CALL(PROTECT(area, 0, PROT_READ));
	CALL(PROTECT(area, PAGE, 0x100));
	CALL(PROTECT(area + 2 * PAGE, PAGE, PROT_READ));
	CALL(PROTECT(area, 4 * PAGE, PROT_READ));
	WRITING(area);
	WRITING(area + 3 * PAGE);
	CALL(PROTECT((void *)0xffff800000000000, PAGE, PROT_READ));
	CALL(PROTECT(area, SIZE_MAX, PROT_READ));
	return 0;
}
