/* sendfile between kinds of files: offsets of its own or the description's, what cannot be read or written this way. */
#include "files.h"
#include <sys/sendfile.h>

int main(void)
{
	char text[32] = "";
	int pipes[2];
	off_t offset = 2;

	enter_work_folder();
	make_file("from", "0123456789");
	int from = open("from", O_RDONLY), to = open("to", O_RDWR | O_CREAT, 0644), appending = open("to", O_WRONLY | O_APPEND), folder = open(".", O_RDONLY);

	NEED(pipe(pipes) == 0);
	CALL(sendfile(to, from, NULL, 4));
	CALL(lseek(from, 0, SEEK_CUR));
	CALL(sendfile(to, from, &offset, 3));
	SHOW(offset);
	CALL(lseek(from, 0, SEEK_CUR));
	CALL(sendfile(pipes[1], from, &offset, 100));
	SHOW(offset);
	CALL(sendfile(pipes[1], from, &offset, 100));
	CALL(read(pipes[0], text, sizeof text));
	printf("%.5s\n", text);
	offset = 100;
	CALL(sendfile(to, from, &offset, 10));
	SHOW(offset);
	offset = -1;
	CALL(sendfile(to, from, &offset, 10));
	CALL(sendfile(to, from, NULL, 0));
	CALL(sendfile(to, pipes[0], NULL, 1));
	CALL(sendfile(to, folder, NULL, 1));
	CALL(sendfile(from, to, NULL, 1));
	CALL(sendfile(appending, from, NULL, 1));
	CALL(sendfile(to, 99, NULL, 1));
	CALL(sendfile(99, from, NULL, 1));
	CALL(syscall(SYS_sendfile, to, from, 16, 1));
	CALL(lseek(to, 0, SEEK_SET));
	offset = 0;
	CALL(sendfile(to, to, &offset, 3));
	int null = open("/dev/null", O_WRONLY);

	offset = 0;
	CALL(sendfile(null, from, &offset, 10));
	CALL(pread(to, text, 20, 0));
	printf("%.10s\n", text);
	remove_work_folder();
	return 0;
}
