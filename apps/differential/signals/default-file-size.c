/* SIGXFSZ ends a process that writes beyond RLIMIT_FSIZE and does not care. */
#include "differ.h"
#include <fcntl.h>
#include <sys/resource.h>

int main(void)
{
	struct rlimit core = {0, 0}, limit;
	int fd = memfd_create("file", 0);

	NEED(getrlimit(RLIMIT_FSIZE, &limit) == 0 && setrlimit(RLIMIT_CORE, &core) == 0);
	limit.rlim_cur = 100;
	printf("a file of 100 bytes may be made\n");
	NEED(setrlimit(RLIMIT_FSIZE, &limit) == 0 && pwrite(fd, "x", 1, 99) == 1);
	pwrite(fd, "x", 1, 100);
	_exit(1);
	return 0;
}
