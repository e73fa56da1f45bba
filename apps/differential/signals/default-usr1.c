/* The default action of SIGUSR1, sent to the process. */
#include "differ.h"

int main(void)
{
	puts("before");
	kill(getpid(), SIGUSR1);
	puts("after");
	return 0;
}
