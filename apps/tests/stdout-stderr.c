/*
 * stdout and stderr reach the host's two descriptors unmixed, in order, through stdio and through bare write(2).
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(void)
{
	const void *volatile unmapped = (const void *)8;
	static const char binary[] = {0, 1, 2, '\r', '\n', 127, (char)128, (char)255, 0};

	printf("out 1\n");
	fflush(stdout);
	fprintf(stderr, "err 1\n");
	if (write(1, "out 2\n", 6) != 6 || write(2, "err 2\n", 6) != 6)
		return 1;
	if (write(1, binary, sizeof binary) != (ssize_t)sizeof binary)
		return 2;
	if (write(1, "", 0) != 0)
		return 3;
	errno = 0;
	if (write(-1, "x", 1) != -1 || errno != EBADF)
		return 4;
	errno = 0;
	if (write(1, unmapped, 1) != -1 || errno != EFAULT)
		return 5;
	printf("out 3, without an end of line");
	return 0;
}
