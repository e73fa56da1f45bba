/* Buffers that are partly or not at all in memory: what was moved before the hole counts, otherwise EFAULT and nothing changed. */
#include "files.h"

int main(void)
{
	enter_work_folder();
	int fd = open("file", O_RDWR | O_CREAT, 0644);
	char *map = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	NEED(map != MAP_FAILED && munmap(map + PAGE, PAGE) == 0);
	memset(map, 'x', PAGE);
	CALL(write(fd, map, PAGE));
	CALL(write(fd, map + PAGE, 10));
	CALL(lseek(fd, 0, SEEK_CUR));
	CALL(pwrite(fd, (char *)16, 10, 0));
	CALL(pread(fd, map + PAGE, 10, 0));
	CALL(pread(fd, (char *)16, 10, 0));
	CALL(pread(fd, (char *)16, 0, 0));
	CALL(pread(fd, (char *)16, 10, PAGE));
	NEED(mprotect(map, PAGE, PROT_READ) == 0);
	CALL(pread(fd, map, 10, 0));
	CALL(pwrite(fd, map, 10, 0));
	CALL(mprotect(map, PAGE, PROT_NONE));
	CALL(pwrite(fd, map, 10, 0));
	show_mode("file");
	remove_work_folder();
	return 0;
}
