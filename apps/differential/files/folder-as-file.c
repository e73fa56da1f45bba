/* A folder's descriptor: reading, writing, mapping and cutting it is refused, syncing and changing its attributes is not. */
#include "files.h"
#include <sys/ioctl.h>

int main(void)
{
	char text[8];

	enter_work_folder();
	int fd = open(".", O_RDONLY);

	CALL(read(fd, text, 8));
	CALL(pread(fd, text, 8, 0));
	CALL(read(fd, text, 0));
	CALL(write(fd, text, 8));
	CALL(pwrite(fd, text, 8, 0));
	CALL(ftruncate(fd, 0));
	CALL(fsync(fd));
	CALL(fdatasync(fd));
	CALL(fchmod(fd, 0750));
	show_mode(".");
	CALL(fchown(fd, -1, -1));
	CALL(futimens(fd, NULL));
	MAP(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0));
	CALL(lseek(fd, 0, SEEK_SET));
	CALL(posix_fadvise(fd, 0, 0, POSIX_FADV_NORMAL));
	CALL(ioctl(fd, 0x1234, 0));
	CALL(open(".", O_WRONLY));
	CALL(open(".", O_RDWR));
	CALL(open(".", O_RDONLY | O_TRUNC));
	CALL(open(".", O_RDONLY | O_CREAT, 0644));
	remove_work_folder();
	return 0;
}
