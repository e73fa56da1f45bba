/* tee leaves the bytes where they are; vmsplice puts a program's memory into a pipe and takes it out. */
#include "differ.h"
#include <fcntl.h>
#include <sys/uio.h>

int main(void)
{
	char text[64] = "", more[64] = "";
	int first[2], second[2];
	struct iovec pieces[2] = {{"one ", 4}, {"two", 3}};
	struct iovec into[2] = {{text, 2}, {more, 20}};

	NEED(pipe(first) == 0 && pipe(second) == 0);
	CALL(tee(first[0], second[1], 10, SPLICE_F_NONBLOCK));
	NEED(write(first[1], "drink", 5) == 5);
	CALL(tee(first[0], second[1], 3, 0));
	CALL(read(second[0], text, sizeof text));
	puts(text);
	memset(text, 0, sizeof text);
	CALL(read(first[0], text, sizeof text));
	puts(text);
	CALL(tee(first[0], first[1], 1, 0));
	CALL(tee(first[0], second[1], 0, 0));
	CALL(tee(first[0], second[1], 1, 0x80));
	CALL(tee(first[1], second[1], 1, 0));
	CALL(tee(-1, second[1], 1, 0));
	memset(text, 0, sizeof text);
	CALL(vmsplice(first[1], pieces, 2, 0));
	CALL(vmsplice(first[0], into, 2, 0));
	puts(text);
	puts(more);
	CALL(vmsplice(first[0], into, 2, SPLICE_F_NONBLOCK));
	CALL(vmsplice(first[1], pieces, 2000, 0));
	CALL(vmsplice(first[1], pieces, 2, 0x80));
	CALL(vmsplice(-1, pieces, 2, 0));
	return 0;
}
