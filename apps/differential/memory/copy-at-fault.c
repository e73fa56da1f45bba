/* System calls that meet bad memory answer EFAULT or count what they did; nothing is signalled. */
#include "differ.h"
#include <sys/uio.h>

int main(void)
{
	char *area = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int ends[2];

	NEED(area != MAP_FAILED && munmap(area + PAGE, PAGE) == 0 && pipe(ends) == 0);
	memset(area, 'a', PAGE);
	CALL(write(ends[1], area + PAGE, 1));
	CALL(write(ends[1], NULL, 5));
	CALL(write(ends[1], "abc", 3));
	CALL(read(ends[0], area + PAGE, 3));
	CALL(read(ends[0], area, 3));
	struct iovec parts[] = {{.iov_base = area, .iov_len = 4}, {.iov_base = area + PAGE, .iov_len = 4}};
	CALL(writev(ends[1], (struct iovec *)16, 1));
	CALL(writev(ends[1], parts, -1));
	CALL(writev(ends[1], parts, 1025));
	CALL(writev(ends[1], parts, 1));
	NEED(mprotect(area, PAGE, PROT_READ) == 0);
	CALL(read(ends[0], area, 4));
	CALL(write(ends[1], area, 2));
	return 0;
}
