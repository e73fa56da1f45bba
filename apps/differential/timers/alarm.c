/* alarm answers the seconds that were left and can be taken back. */
// libc: both
#include "differ.h"

int main(void)
{
	unsigned left;

	CALL(alarm(0));
	CALL(alarm(9000));
	left = alarm(5000);
	HOLDS(left > 8900 && left <= 9000);
	left = alarm(0);
	HOLDS(left > 4900 && left <= 5000);
	CALL(alarm(0));
	return 0;
}
