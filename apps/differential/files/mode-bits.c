/* umask, chmod with all bits, and which bits creating takes. */
#include "files.h"

int main(void)
{
	enter_work_folder();
	umask(027);
	SUCCESS(close(open("file", O_CREAT | O_RDWR, 0777)));
	show_mode("file");
	CALL(mkdir("folder", 01777));
	show_mode("folder");
	umask(0);
	SUCCESS(close(open("open", O_CREAT | O_RDWR, 0666)));
	show_mode("open");
	for (mode_t mode = 1; mode <= 01000; mode <<= 1) {
		CALL(chmod("file", mode));
		show_mode("file");
	}
	CALL(chmod("folder", 01755));
	show_mode("folder");
	CALL(symlink("file", "link"));
	CALL(chmod("link", 0640));
	show_mode("file");
	show_mode("link");
	CALL(chmod("none", 0600));
	CALL(mknod("node", S_IFREG | 0620, 0));
	show_mode("node");
	remove_work_folder();
	return 0;
}
