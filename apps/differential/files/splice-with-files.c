/* splice between a file and a pipe: positions, offsets, ends, and what has no pipe at either side. */
#include "files.h"

int main(void)
{
	char text[32] = "";
	int pipes[2], others[2];
	loff_t offset = 3;

	enter_work_folder();
	make_file("from", "0123456789");
	int from = open("from", O_RDWR), to = open("to", O_RDWR | O_CREAT, 0644), appending = open("to", O_WRONLY | O_APPEND);

	NEED(pipe(pipes) == 0 && pipe(others) == 0);
	CALL(splice(from, NULL, pipes[1], NULL, 4, 0));
	CALL(lseek(from, 0, SEEK_CUR));
	CALL(splice(from, &offset, pipes[1], NULL, 3, 0));
	SHOW(offset);
	CALL(splice(pipes[0], NULL, to, NULL, 5, 0));
	CALL(lseek(to, 0, SEEK_CUR));
	offset = 10;
	CALL(splice(pipes[0], NULL, to, &offset, 100, 0));
	SHOW(offset);
	CALL(pread(to, text, sizeof text, 0));
	printf("%.5s %.2s\n", text, text + 10);
	CALL(splice(pipes[0], NULL, to, NULL, 1, SPLICE_F_NONBLOCK));
	offset = 100;
	CALL(splice(from, &offset, pipes[1], NULL, 1, 0));
	CALL(splice(from, NULL, to, NULL, 1, 0));
	CALL(splice(from, NULL, pipes[1], &offset, 1, 0));
	CALL(splice(pipes[0], &offset, to, NULL, 1, 0));
	CALL(splice(from, NULL, pipes[0], NULL, 1, 0));
	CALL(splice(pipes[1], NULL, to, NULL, 1, 0));
	CALL(splice(from, NULL, pipes[1], NULL, 0, 0));
	CALL(splice(from, NULL, pipes[1], NULL, 1, 0x100));
	CALL(splice(99, NULL, pipes[1], NULL, 1, 0));
	CALL(write(pipes[1], "abc", 3));
	CALL(splice(pipes[0], NULL, appending, NULL, 3, 0));
	CALL(splice(pipes[0], NULL, others[1], NULL, 2, 0));
	CALL(read(others[0], text, 8));
	printf("%.2s\n", text);
	CALL(splice(pipes[0], NULL, pipes[1], NULL, 1, 0));
	remove_work_folder();
	return 0;
}
