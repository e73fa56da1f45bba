/* Nothing tells of changes to files: inotify and fanotify are not there, and programs that want them look for themselves. */
// differs: there is no inotify and no fanotify: files of an export change on the host, whose server tells of nothing (9P2000.L)
// guest| inotify_init1(IN_CLOEXEC) = -1 ENOSYS
// guest| inotify_init() = -1 ENOSYS
// guest| 0
#include "differ.h"
#include <sys/inotify.h>

int main(void)
{
	CALL(inotify_init1(IN_CLOEXEC));
	CALL(inotify_init());
	printf("%d\n", access("/proc/sys/fs/inotify/none", F_OK) == 0);
	return 0;
}
