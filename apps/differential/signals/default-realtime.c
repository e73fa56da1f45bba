/* The default action of a real-time signal, when it is unblocked. */
#include "differ.h"

int main(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, 40);
	sigprocmask(SIG_BLOCK, &set, NULL);
	puts("before");
	sigqueue(getpid(), 40, (union sigval){.sival_int = 0});
	puts("blocked");
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	puts("after");
	return 0;
}
