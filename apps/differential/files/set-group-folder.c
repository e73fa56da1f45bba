/* In a folder with the set-group bit new folders have the bit, too, and new files have the folder's group. */
// not-in-qemu-export: QEMU's server makes no FIFOs and no names of sockets (ENXIO)
#include "files.h"

int main(void)
{
	struct stat status;

	enter_work_folder();
	NEED(mkdir("folder", 0755) == 0);
	CALL(chmod("folder", 02755));
	show_mode("folder");
	CALL(mkdir("folder/sub", 0700));
	show_mode("folder/sub");
	CALL(mkdir("folder/sub/deep", 0777));
	show_mode("folder/sub/deep");
	SUCCESS(close(open("folder/file", O_CREAT | O_RDWR, 0640)));
	show_mode("folder/file");
	CALL(mknod("folder/fifo", S_IFIFO | 0644, 0));
	show_mode("folder/fifo");
	CALL(rename("folder/sub", "outside"));
	show_mode("outside");
	CALL(mkdir("inside", 0755));
	CALL(rename("inside", "folder/inside"));
	show_mode("folder/inside");
	CALL(chmod("folder/sub", 0755));
	CALL(chmod("outside", 0755));
	show_mode("outside");
	CALL(mkdir("sticky", 01777));
	CALL(mkdir("set-bits", 07777));
	show_mode("sticky");
	show_mode("set-bits");
	NEED(stat("folder/file", &status) == 0);
	HOLDS(status.st_gid == getgid());
	remove_work_folder();
	return 0;
}
