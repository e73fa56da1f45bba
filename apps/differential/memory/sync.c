/* msync: flags, alignment, holes. */
#include "differ.h"

int main(void)
{
	char *area = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	NEED(area != MAP_FAILED && munmap(area + PAGE, PAGE) == 0);
	CALL(msync(area, PAGE, MS_SYNC));
	CALL(msync(area, PAGE, MS_ASYNC));
	CALL(msync(area, PAGE, MS_SYNC | MS_ASYNC));
	CALL(msync(area, PAGE, 0x100));
	CALL(msync(area + 1, PAGE, MS_SYNC));
	CALL(msync(area, 3 * PAGE, MS_SYNC));
	CALL(msync(area, 0, MS_SYNC));
	return 0;
}
