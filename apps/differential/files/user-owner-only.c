/* What only root may do: giving files away, taking groups that one is not in; what is root's stays as it is. */
// user: ordinary
// not-in-qemu-export: QEMU's server makes no FIFOs and no names of sockets (ENXIO)
#include "files.h"

int main(void)
{
	enter_work_folder();
	make_file("file", "x");
	CALL(chown("file", 0, -1));
	CALL(chown("file", -1, 0));
	CALL(chown("file", getuid() + 1, getgid()));
	CALL(lchown("file", getuid(), -1));
	CALL(chown("file", -1, getgid()));
	CALL(chown("file", getuid(), getgid()));
	CALL(chown("file", -1, -1));
	CALL(mknod("block", S_IFBLK | 0600, 0x801));
	CALL(mknod("character", S_IFCHR | 0600, 0x103));
	CALL(mknod("fifo", S_IFIFO | 0600, 0));
	CALL(chmod("/proc", 0777));
	CALL(chown("/proc", -1, -1));
	CALL(chroot("."));
	CALL(setuid(0));
	CALL(setgid(0));
	CALL(syscall(SYS_setresuid, -1, 0, -1));
	CALL(syscall(SYS_setgroups, 0, NULL));
	CALL(syscall(SYS_setfsuid, -1) == getuid() ? 0 : -1);
	CALL(syscall(SYS_setfsuid, 0) == getuid() ? 0 : -1);
	CALL(syscall(SYS_setfsuid, -1) == getuid() ? 0 : -1);
	CALL(syscall(SYS_setfsgid, 0) == getgid() ? 0 : -1);
	CALL(chmod("file", 06755));
	show_mode("file");
	int fd = open("file", O_WRONLY);

	CALL(write(fd, "y", 1));
	show_mode("file");
	CALL(chmod("file", 06744));
	CALL(ftruncate(fd, 0));
	show_mode("file");
	remove_work_folder();
	return 0;
}
