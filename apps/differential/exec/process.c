/* What stays with the process: number, umask, directory, limits, priority, settings of prctl; and what starts anew. */
// libc: both
#include "exec.h"
#include <sys/prctl.h>
#include <sys/resource.h>

int main(int count, char **arguments)
{
	struct rlimit limit = {.rlim_cur = 100, .rlim_max = 200};
	char name[17] = "", folder[PATH_MAX], number[12];
	int file;

	if (step_of(count, arguments) == 0) {
		NEED(mkdir("/tmp/exec-process", 0700) == 0 && chdir("/tmp/exec-process") == 0);
		umask(027);
		copy_self("a-name-that-is-too-long");
		NEED(setrlimit(RLIMIT_NOFILE, &limit) == 0 && setpriority(PRIO_PROCESS, 0, 3) == 0);
		NEED(prctl(PR_SET_NAME, "renamed") == 0 && prctl(PR_SET_DUMPABLE, 0) == 0);
		NEED(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
		snprintf(number, sizeof number, "%d", getpid());
		start("/tmp/exec-process/a-name-that-is-too-long", 1, number, NULL);
		return 1;
	}
	HOLDS(getpid() == atoi(arguments[2]) && syscall(SYS_gettid) == getpid());
	printf("umask %03o\n", umask(0));
	printf("in %s\n", getcwd(folder, sizeof folder));
	NEED(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	printf("limits %d %d\n", (int)limit.rlim_cur, (int)limit.rlim_max);
	SHOW(getpriority(PRIO_PROCESS, 0));
	NEED(prctl(PR_GET_NAME, name) == 0);
	printf("called %s\n", name);
	SHOW(prctl(PR_GET_DUMPABLE));
	SHOW(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	file = open("/proc/self/comm", O_RDONLY);
	memset(name, 0, sizeof name);
	NEED(read(file, name, 16) > 0 && close(file) == 0);
	printf("comm %s", name);
	CALL(unlink("a-name-that-is-too-long"));
	CALL(rmdir("/tmp/exec-process"));
	return 0;
}
