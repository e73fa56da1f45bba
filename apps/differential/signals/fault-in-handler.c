/* A second fault inside the handler of the first ends the program. */
#include "differ.h"

static void handler(int number)
{
	(void)number;
	puts("in the handler");
	*(volatile char *)16 = 1;
}

int main(void)
{
	signal(SIGSEGV, handler);
	*(volatile char *)16 = 1;
	puts("after");
	return 0;
}
