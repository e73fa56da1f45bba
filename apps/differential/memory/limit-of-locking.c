/* Wrong arguments of the calls that lock memory, and locking a hole. */
#include "differ.h"

int main(void)
{
	char *map = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	NEED(map != MAP_FAILED && munmap(map + PAGE, PAGE) == 0);
	CALL(mlock(map, PAGE));
	CALL(mlock(map, 3 * PAGE));
	CALL(mlock(map + PAGE, PAGE));
	CALL(munlock(map, 3 * PAGE));
	CALL(munlock(map, PAGE));
	CALL(syscall(SYS_mlock2, map, PAGE, 0));
	CALL(syscall(SYS_mlock2, map, PAGE, 1));
	CALL(syscall(SYS_mlock2, map, PAGE, 2));
	CALL(syscall(SYS_mlock, map, -1));
	CALL(mlock(map + 1, 1));
	CALL(mlock(map, 0));
	CALL(mlockall(0));
	CALL(mlockall(8));
	CALL(mlockall(MCL_CURRENT));
	CALL(munlockall());
	return 0;
}
