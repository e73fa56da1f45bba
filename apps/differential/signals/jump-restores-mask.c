/* siglongjmp restores the mask if sigsetjmp saved it, and does not otherwise. */
#include "differ.h"

static sigjmp_buf back;

static void handler(int number)
{
	siglongjmp(back, number);
}

int main(void)
{
	sigset_t set;

	signal(SIGUSR1, handler);
	for (int saves = 1; saves >= 0; saves--) {
		if (sigsetjmp(back, saves) == 0)
			raise(SIGUSR1);
		sigprocmask(SIG_BLOCK, NULL, &set);
		printf("saved %d: SIGUSR1 is %s\n", saves, sigismember(&set, SIGUSR1) ? "blocked" : "free");
	}
	return 0;
}
