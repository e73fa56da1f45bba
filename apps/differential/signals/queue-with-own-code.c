/* rt_sigqueueinfo and rt_tgsigqueueinfo: a program may give a negative code to itself, and the rest arrives as it was. */
#include "differ.h"

static void handler(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)context;
	printf("code %d, value %d\n", info->si_code, info->si_value.sival_int);
}

int main(void)
{
	struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
	siginfo_t info = {.si_code = -77};

	info.si_value.sival_int = 99;
	sigaction(SIGUSR1, &action, NULL);
	CALL(syscall(SYS_rt_sigqueueinfo, getpid(), SIGUSR1, &info));
	CALL(syscall(SYS_rt_tgsigqueueinfo, getpid(), getpid(), SIGUSR1, &info));
	CALL(syscall(SYS_rt_sigqueueinfo, getpid(), 65, &info));
	CALL(syscall(SYS_rt_sigqueueinfo, getpid(), SIGUSR1, 16));
	CALL(syscall(SYS_rt_tgsigqueueinfo, getpid(), 0x3fffffff, SIGUSR1, &info));
	return 0;
}
