// not-in-qemu-export: QEMU's server makes the block size a multiple that fits its messages
/* statfs and fstatfs agree, say of each file of a folder the same, and answer with sizes that make sense. */
#include "files.h"
#include <sys/statfs.h>
#include <sys/statvfs.h>

int main(void)
{
	struct statfs of_folder, of_file, of_proc;
	struct statvfs portable;

	enter_work_folder();
	make_file("file", "x");
	int fd = open("file", O_RDONLY);

	CALL(statfs(".", &of_folder));
	CALL(fstatfs(fd, &of_file));
	HOLDS(of_folder.f_type == of_file.f_type);
	HOLDS(memcmp(&of_folder.f_fsid, &of_file.f_fsid, sizeof of_file.f_fsid) == 0);
	HOLDS(of_folder.f_bsize >= 512 && (of_folder.f_bsize & (of_folder.f_bsize - 1)) == 0);
	HOLDS(of_folder.f_bfree <= of_folder.f_blocks && of_folder.f_bavail <= of_folder.f_bfree);
	HOLDS(of_folder.f_ffree <= of_folder.f_files);
	SHOW(of_folder.f_namelen);
	CALL(statvfs(".", &portable));
	SHOW(portable.f_namemax);
	HOLDS((portable.f_flag & ST_RDONLY) == 0);
	CALL(statfs("/proc", &of_proc));
	HOLDS(of_proc.f_type == 0x9fa0);
	SHOW(of_proc.f_blocks);
	SHOW(of_proc.f_files);
	CALL(statfs("/proc/self/stat", &of_proc));
	HOLDS(of_proc.f_type == 0x9fa0);
	int pipes[2];

	NEED(pipe(pipes) == 0);
	CALL(fstatfs(pipes[0], &of_file));
	HOLDS(of_file.f_type == 0x50495045);
	CALL(statfs("none", &of_file));
	CALL(statfs("file/x", &of_file));
	CALL(fstatfs(99, &of_file));
	CALL(syscall(SYS_statfs, ".", 16));
	CALL(syscall(SYS_fstatfs, fd, 16));
	remove_work_folder();
	return 0;
}
