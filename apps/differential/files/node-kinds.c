/* mknod: regular files, FIFOs, names of sockets; folders and links it does not make; opening what it made. */
// not-in-qemu-export: QEMU's server makes no FIFOs and no names of sockets (ENXIO)
#include "files.h"
#include <sys/sysmacros.h>

int main(void)
{
	enter_work_folder();
	umask(026);
	CALL(mknod("zero", 0666, 0));
	show_mode("zero");
	CALL(mknod("regular", S_IFREG | 0666, 5));
	show_mode("regular");
	CALL(mknod("fifo", S_IFIFO | 0666, 0));
	show_mode("fifo");
	CALL(mknod("socket", S_IFSOCK | 0666, 0));
	show_mode("socket");
	CALL(mknod("folder", S_IFDIR | 0755, 0));
	CALL(mknod("link", S_IFLNK | 0777, 0));
	CALL(mknod("odd", 0170000, 0));
	CALL(mknod("fifo", S_IFIFO | 0666, 0));
	CALL(mknod("none/fifo", S_IFIFO | 0666, 0));
	CALL(mknod("set", S_IFREG | 06755, 0));
	show_mode("set");
	CALL(open("socket", O_RDONLY));
	CALL(open("socket", O_RDWR | O_NONBLOCK));
	SUCCESS(close(open("socket", O_PATH)));
	SUCCESS(close(open("fifo", O_RDONLY | O_NONBLOCK)));
	CALL(open("fifo", O_WRONLY | O_NONBLOCK));
	CALL(open("fifo", O_RDONLY | O_DIRECTORY));
	CALL(mknodat(AT_FDCWD, "at", S_IFIFO | 0600, 0));
	CALL(mkfifo("", 0600));
	remove_work_folder();
	return 0;
}
