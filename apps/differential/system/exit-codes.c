/* Only eight bits of the exit status remain. */
#include "differ.h"

int main(void)
{
	puts("leaving");
	_exit(0x1234);
}
