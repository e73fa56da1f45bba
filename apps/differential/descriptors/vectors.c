/* readv and writev over several parts, empty ones too. */
#include "differ.h"
#include <sys/uio.h>

int main(void)
{
	char first[4] = "", second[4] = "", third[16] = "";
	struct iovec out[] = {{"ab", 2}, {NULL, 0}, {"cdef", 4}, {"g", 1}};
	struct iovec in[] = {{first, 3}, {second, 0}, {third, 10}};
	int ends[2];

	NEED(pipe(ends) == 0);
	CALL(writev(ends[1], out, 4));
	CALL(readv(ends[0], in, 3));
	printf("%s|%s|%s\n", first, second, third);
	CALL(writev(ends[1], out, 0));
	CALL(readv(ends[0], in, 0));
	CALL(writev(99, out, 4));
	struct iovec too_long[] = {{"ab", SSIZE_MAX}, {"cd", SSIZE_MAX}};
	CALL(writev(ends[1], too_long, 2));
	return 0;
}
