/* splice between pipes and files, what stays where it was, what is refused. */
#include "differ.h"
#include <fcntl.h>

int main(void)
{
	char text[64] = "";
	int first[2], second[2];
	char path[] = "/tmp/spliceXXXXXX";
	int file = mkstemp(path);
	off_t offset = 2, negative = -1;

	NEED(file >= 0 && unlink(path) == 0 && pipe(first) == 0 && pipe(second) == 0);
	NEED(write(file, "0123456789", 10) == 10);
	CALL(splice(file, &offset, first[1], NULL, 5, 0));
	SHOW((int)offset);
	CALL(splice(first[0], NULL, second[1], NULL, 3, 0));
	CALL(read(second[0], text, sizeof text));
	puts(text);
	memset(text, 0, sizeof text);
	CALL(read(first[0], text, sizeof text));
	puts(text);
	CALL(splice(first[0], NULL, second[1], NULL, 3, SPLICE_F_NONBLOCK));
	NEED(write(first[1], "abcdef", 6) == 6);
	offset = 8;
	CALL(splice(first[0], NULL, file, &offset, 100, 0));
	SHOW((int)offset);
	memset(text, 0, sizeof text);
	CALL(pread(file, text, sizeof text, 0));
	puts(text);
	SHOW((int)lseek(file, 0, SEEK_CUR));
	CALL(splice(file, NULL, first[1], NULL, 100, 0));
	SHOW((int)lseek(file, 0, SEEK_CUR));
	CALL(splice(file, NULL, first[1], NULL, 0, 0));
	CALL(splice(first[0], NULL, first[1], NULL, 1, 0));
	CALL(splice(file, NULL, file, NULL, 1, 0));
	CALL(splice(first[0], &offset, second[1], NULL, 1, 0));
	CALL(splice(file, &negative, second[1], NULL, 1, 0));
	CALL(splice(first[1], NULL, second[1], NULL, 1, 0));
	CALL(splice(first[0], NULL, second[1], NULL, 1, 0x100));
	CALL(splice(-1, NULL, second[1], NULL, 1, 0));
	close(first[1]);
	CALL(splice(first[0], NULL, second[1], NULL, 100, 0));
	CALL(splice(first[0], NULL, second[1], NULL, 100, 0));
	close(second[0]);
	signal(SIGPIPE, SIG_IGN);
	lseek(file, 0, SEEK_SET);
	CALL(splice(file, NULL, second[1], NULL, 1, 0));
	return 0;
}
