/* There is one process in the guest. */
// differs: fork would need a second address space, which a unikernel does not have; it answers ENOSYS
// guest| fork() = -1 ENOSYS
// guest| vfork() = -1 ENOSYS
// guest| syscall(SYS_clone, (unsigned long)SIGCHLD, 0, 0, 0, 0) = -1 ENOSYS
// guest| no child
#include "differ.h"
#include <sys/wait.h>

static void report(const char *name, long result)
{
	int status;

	if (result == 0)
		_exit(5);
	if (result < 0)
		printf("%s = -1 %s\n", name, error_name(errno));
	else
		printf("%s: %s\n", name, waitpid((pid_t)result, &status, 0) == result ? "a child" : "no such child");
}

int main(void)
{
	report("fork()", syscall(SYS_fork));
	/* As a plain fork: a child that borrows the stack cannot return from syscall(). */
	pid_t child = vfork();
	if (child == 0)
		_exit(5);
	report("vfork()", child);
	report("syscall(SYS_clone, (unsigned long)SIGCHLD, 0, 0, 0, 0)", syscall(SYS_clone, (unsigned long)SIGCHLD, 0, 0, 0, 0));
	puts(waitpid(-1, NULL, 0) == -1 && errno == ECHILD ? "no child" : "a child is left");
	return 0;
}
