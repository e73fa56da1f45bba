/* A pipe: the lowest free descriptors, order of bytes, end of file when the writer has closed. */
#include "differ.h"

int main(void)
{
	char bytes[16] = "";
	int ends[2];

	CALL(pipe(ends));
	SHOW(ends[0]);
	SHOW(ends[1]);
	CALL(write(ends[1], "abcdef", 6));
	CALL(read(ends[0], bytes, 4));
	CALL(write(ends[1], "ghi", 3));
	CALL(read(ends[0], bytes + 4, 10));
	puts(bytes);
	CALL(close(ends[1]));
	CALL(read(ends[0], bytes, 1));
	CALL(write(ends[0], "x", 1));
	CALL(lseek(ends[0], 0, SEEK_CUR));
	CALL(close(ends[0]));
	CALL(close(ends[0]));
	return 0;
}
