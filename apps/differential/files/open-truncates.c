/* O_TRUNC cuts even without writing, keeps the inode and what others have open, and nothing without the right to write. */
// not-in-qemu-export: QEMU's server makes no FIFOs and no names of sockets (ENXIO)
#include "files.h"

int main(void)
{
	char text[8] = "";

	enter_work_folder();
	make_file("file", "0123456789");
	NEED(mkdir("folder", 0755) == 0 && mkfifo("fifo", 0644) == 0 && symlink("file", "link") == 0);
	int fd = open("file", O_RDWR);

	NEED(lseek(fd, 4, SEEK_SET) == 4);
	SUCCESS(close(open("file", O_RDONLY | O_TRUNC)));
	show_mode("file");
	CALL(read(fd, text, 4));
	CALL(write(fd, "x", 1));
	show_mode("file");
	SUCCESS(close(open("link", O_WRONLY | O_TRUNC)));
	show_mode("file");
	CALL(write(fd, "y", 1));
	show_mode("file");
	CALL(open("file", O_WRONLY | O_TRUNC | O_CREAT | O_EXCL, 0644));
	show_mode("file");
	CALL(open("folder", O_RDONLY | O_TRUNC));
	SUCCESS(close(open("fifo", O_RDWR | O_TRUNC)));
	SUCCESS(close(open("/dev/null", O_WRONLY | O_TRUNC)));
	SUCCESS(close(open("file", O_PATH | O_TRUNC)));
	show_mode("file");
	SUCCESS(close(creat("file", 0600)));
	show_mode("file");
	remove_work_folder();
	return 0;
}
