/* Numbers without a system call are ENOSYS. */
#include "differ.h"

int main(void)
{
	CALL(syscall(999));
	CALL(syscall(100000));
	CALL(syscall(-1));
	CALL(syscall(SYS__sysctl, 0));
	CALL(syscall(SYS_create_module, 0));
	return 0;
}
