/* The default action of SIGTERM: what was printed is there, and the status is the signal's. */
#include "differ.h"

int main(void)
{
	puts("before");
	raise(SIGTERM);
	puts("after");
	return 0;
}
