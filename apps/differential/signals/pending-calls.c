/* rt_sigpending and rt_sigprocmask by their numbers: sizes of sets, sets that are not in memory, ways that are none. */
#include "differ.h"

int main(void)
{
	uint64_t set = 1ull << (SIGUSR1 - 1), pending = 0, before = 0;

	CALL(syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, &before, 8));
	CALL(raise(SIGUSR1));
	CALL(raise(SIGUSR1));
	CALL(syscall(SYS_rt_sigpending, &pending, 8));
	HOLDS(pending == set);
	pending = 0;
	CALL(syscall(SYS_rt_sigpending, &pending, 4));
	HOLDS((uint32_t)pending == (uint32_t)set);
	CALL(syscall(SYS_rt_sigpending, &pending, 16));
	CALL(syscall(SYS_rt_sigpending, 16, 8));
	CALL(syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, NULL, 4));
	CALL(syscall(SYS_rt_sigprocmask, 7, &set, NULL, 8));
	CALL(syscall(SYS_rt_sigprocmask, 7, NULL, &before, 8));
	CALL(syscall(SYS_rt_sigprocmask, SIG_SETMASK, 16, NULL, 8));
	CALL(syscall(SYS_rt_sigprocmask, SIG_SETMASK, NULL, 16, 8));
	HOLDS((before & set) != 0);
	signal(SIGUSR1, SIG_IGN);
	CALL(syscall(SYS_rt_sigpending, &pending, 8));
	HOLDS(pending == 0);
	return 0;
}
