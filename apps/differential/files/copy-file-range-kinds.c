/* copy_file_range: offsets, ends, the same file, and what it refuses. */
#include "files.h"

static long copy(int from, loff_t *in, int to, loff_t *out, size_t bytes, unsigned flags)
{
	return syscall(SYS_copy_file_range, from, in, to, out, bytes, flags);
}

int main(void)
{
	char text[32] = "";
	int pipes[2];
	loff_t in = 2, out = 5;

	enter_work_folder();
	make_file("from", "0123456789");
	int from = open("from", O_RDWR), to = open("to", O_RDWR | O_CREAT, 0644), reader = open("to", O_RDONLY), appending = open("to", O_WRONLY | O_APPEND), folder = open(".", O_RDONLY);

	NEED(pipe(pipes) == 0);
	CALL(copy(from, NULL, to, NULL, 4, 0));
	CALL(lseek(from, 0, SEEK_CUR));
	CALL(lseek(to, 0, SEEK_CUR));
	CALL(copy(from, &in, to, &out, 100, 0));
	SHOW(in);
	SHOW(out);
	CALL(lseek(to, 0, SEEK_CUR));
	CALL(copy(from, &in, to, &out, 100, 0));
	CALL(copy(from, NULL, to, NULL, 0, 0));
	CALL(pread(to, text, sizeof text, 0));
	for (int index = 0; index < 13; index++)
		putchar(text[index] ? text[index] : '.');
	putchar('\n');
	in = 0, out = 2;
	CALL(copy(from, &in, from, &out, 4, 0));
	in = 0, out = 10;
	CALL(copy(from, &in, from, &out, 4, 0));
	in = 100;
	CALL(copy(from, &in, to, NULL, 4, 0));
	in = -1;
	CALL(copy(from, &in, to, NULL, 4, 0));
	CALL(copy(from, NULL, to, NULL, 4, 1));
	CALL(copy(from, NULL, reader, NULL, 4, 0));
	CALL(copy(appending, NULL, to, NULL, 4, 0));
	CALL(copy(from, NULL, appending, NULL, 4, 0));
	CALL(copy(folder, NULL, to, NULL, 4, 0));
	CALL(copy(from, NULL, pipes[1], NULL, 4, 0));
	CALL(copy(pipes[0], NULL, to, NULL, 4, 0));
	CALL(copy(99, NULL, to, NULL, 4, 0));
	CALL(copy(from, NULL, 99, NULL, 4, 0));
	remove_work_folder();
	return 0;
}
