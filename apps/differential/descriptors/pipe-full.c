/* A pipe that is full: EAGAIN without blocking, whole small writes only, room again after reading. */
#include "differ.h"
#include <fcntl.h>

int main(void)
{
	static char block[4096];
	int ends[2];
	long total = 0, count;

	NEED(pipe2(ends, O_NONBLOCK) == 0);
	while ((count = write(ends[1], block, sizeof block)) > 0)
		total += count;
	printf("%s after %ld bytes\n", error_name(errno), total);
	CALL(write(ends[1], block, 1));
	CALL(read(ends[0], block, 4096));
	CALL(write(ends[1], block, 4096));
	CALL(write(ends[1], block, 4096));
	for (total = 0; (count = read(ends[0], block, 1000)) > 0;)
		total += count;
	printf("%s after %ld bytes\n", error_name(errno), total);
	return 0;
}
