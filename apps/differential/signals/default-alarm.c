/* Nobody handles an alarm: it ends the program. */
#include "differ.h"

int main(void)
{
	puts("before");
	alarm(1);
	for (;;)
		pause();
}
