/* abort ends the process even if SIGABRT is handled or ignored, after the handler. */
// libc: both
#include "differ.h"

static void handler(int number)
{
	printf("handler for %s\n", signal_name(number));
}

int main(void)
{
	signal(SIGABRT, handler);
	abort();
}
