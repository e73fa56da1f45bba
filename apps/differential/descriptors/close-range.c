/* close_range closes what is in it, or marks it. */
#include "differ.h"
#include <fcntl.h>

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

int main(void)
{
	for (int number = 10; number < 16; number++)
		NEED(dup2(1, number) == number);
	CALL(syscall(SYS_close_range, 11, 13, 0));
	for (int number = 10; number < 16; number++)
		printf("%d: %s\n", number, fcntl(number, F_GETFD) == -1 ? "closed" : "open");
	CALL(syscall(SYS_close_range, 14, ~0u, 4));
	CALL(fcntl(14, F_GETFD));
	CALL(syscall(SYS_close_range, 5, 4, 0));
	CALL(syscall(SYS_close_range, 14, ~0u, 0x100));
	CALL(syscall(SYS_close_range, 14, ~0u, 0));
	CALL(fcntl(15, F_GETFD));
	return 0;
}
