/* membarrier: what it offers, registration before use, unknown commands. */
#include "differ.h"

enum { QUERY = 0, GLOBAL = 1, PRIVATE_EXPEDITED = 8, REGISTER_PRIVATE_EXPEDITED = 16 };

int main(void)
{
	long offered = syscall(SYS_membarrier, QUERY, 0, 0);

	HOLDS((offered & (PRIVATE_EXPEDITED | REGISTER_PRIVATE_EXPEDITED)) == (PRIVATE_EXPEDITED | REGISTER_PRIVATE_EXPEDITED));
	CALL(syscall(SYS_membarrier, PRIVATE_EXPEDITED, 0, 0));
	CALL(syscall(SYS_membarrier, REGISTER_PRIVATE_EXPEDITED, 0, 0));
	CALL(syscall(SYS_membarrier, PRIVATE_EXPEDITED, 0, 0));
	CALL(syscall(SYS_membarrier, QUERY, 1, 0));
	CALL(syscall(SYS_membarrier, 1 << 20, 0, 0));
	return 0;
}
