/* readahead: of regular files that are open for reading; it changes nothing. */
#include "files.h"

int main(void)
{
	int ends[2];

	enter_work_folder();
	make_file("file", "0123456789");
	int file = open("file", O_RDONLY), writer = open("file", O_WRONLY), path = open("file", O_PATH), folder = open(".", O_RDONLY);

	NEED(pipe(ends) == 0);
	CALL(syscall(SYS_readahead, file, 0l, 10l));
	CALL(syscall(SYS_readahead, file, 1000l, 1l << 40));
	CALL(syscall(SYS_readahead, file, 0l, 0l));
	CALL(syscall(SYS_readahead, file, 0l, -1l));
	CALL(syscall(SYS_readahead, writer, 0l, 10l));
	CALL(syscall(SYS_readahead, path, 0l, 10l));
	CALL(syscall(SYS_readahead, folder, 0l, 10l));
	CALL(syscall(SYS_readahead, ends[0], 0l, 10l));
	CALL(syscall(SYS_readahead, ends[1], 0l, 10l));
	CALL(syscall(SYS_readahead, 999, 0l, 10l));
	CALL(lseek(file, 0, SEEK_CUR));
	remove_work_folder();
	return 0;
}
