/* A handler that jumps away survives abort. */
#include "differ.h"

static sigjmp_buf back;

static void handler(int number)
{
	siglongjmp(back, number);
}

int main(void)
{
	signal(SIGABRT, handler);
	int number = sigsetjmp(back, 1);
	if (number == 0)
		raise(SIGABRT);
	printf("back from %s\n", signal_name(number));
	return 0;
}
