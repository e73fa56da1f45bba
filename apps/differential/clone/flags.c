/* Combinations of flags that make no sense are refused. */
#include "differ.h"

#define RAW_CLONE(flags) syscall(SYS_clone, (unsigned long)(flags), 0, 0, 0, 0)

int main(void)
{
	CALL(RAW_CLONE(CLONE_THREAD));
	CALL(RAW_CLONE(CLONE_SIGHAND));
	CALL(RAW_CLONE(CLONE_THREAD | CLONE_VM));
	CALL(RAW_CLONE(CLONE_THREAD | CLONE_SIGHAND));
	CALL(RAW_CLONE(CLONE_FS | CLONE_NEWNS));
	return 0;
}
