/* truncate and ftruncate: what cannot be cut, negative sizes, sizes beyond all, descriptors that may not write. */
// not-in-qemu-export: QEMU's server makes no FIFOs and no names of sockets (ENXIO)
#include "files.h"

int main(void)
{
	int pipes[2];

	enter_work_folder();
	make_file("file", "0123456789");
	NEED(mkdir("folder", 0755) == 0 && mkfifo("fifo", 0644) == 0 && symlink("loop", "loop") == 0 && pipe(pipes) == 0);
	CALL(truncate("file", -1));
	CALL(truncate("file", LLONG_MIN));
	CALL(truncate("none", -1));
	CALL(truncate("folder", 0));
	CALL(truncate("fifo", 0));
	CALL(truncate("loop", 0));
	CALL(truncate("/dev/null", 0));
	CALL(truncate("folder", -1));
	int reader = open("file", O_RDONLY), writer = open("file", O_WRONLY), folder = open("folder", O_RDONLY);

	CALL(ftruncate(reader, 0));
	CALL(ftruncate(reader, -1));
	CALL(ftruncate(writer, -1));
	CALL(ftruncate(folder, 0));
	CALL(ftruncate(pipes[1], 0));
	CALL(ftruncate(pipes[0], 0));
	CALL(ftruncate(99, 0));
	CALL(ftruncate(99, -1));
	CALL(ftruncate(writer, 5));
	show_mode("file");
	CALL(ftruncate(writer, 5));
	CALL(truncate("file", 1 << 20));
	show_mode("file");
	CALL(lseek(writer, 0, SEEK_CUR));
	int null = open("/dev/null", O_RDWR);

	CALL(ftruncate(null, 0));
	remove_work_folder();
	return 0;
}
