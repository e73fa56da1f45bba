/* alarm answers the seconds that were left and can be taken back. */
// libc: both
#include "differ.h"

int main(void)
{
	CALL(alarm(0));
	CALL(alarm(100));
	CALL(alarm(50));
	CALL(alarm(0));
	CALL(alarm(0));
	return 0;
}
