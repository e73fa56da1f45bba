/* What a handler learns about a signal: from kill, raise, sigqueue, an alarm. */
// libc: both
#include "differ.h"
#include <sys/time.h>

static volatile sig_atomic_t count;

static void handler(int number, siginfo_t *info, void *context)
{
	const char *code = info->si_code == SI_USER ? "SI_USER" : info->si_code == SI_TKILL ? "SI_TKILL" :
					   info->si_code == SI_QUEUE ? "SI_QUEUE" : info->si_code == SI_KERNEL ? "SI_KERNEL" :
					   info->si_code == SI_TIMER ? "SI_TIMER" : "another code";

	printf("%s: %s, number %s, errno %d", signal_name(number), code, info->si_signo == number ? "right" : "wrong", info->si_errno);
	if (info->si_code == SI_USER || info->si_code == SI_TKILL || info->si_code == SI_QUEUE)
		printf(", from %s, user %s", info->si_pid == getpid() ? "us" : "others", info->si_uid == getuid() ? "ours" : "another");
	if (info->si_code == SI_QUEUE)
		printf(", value %d", info->si_value.sival_int);
	printf(", context %s\n", context ? "there" : "missing");
	count++;
}

int main(void)
{
	static const int numbers[] = {SIGUSR1, SIGUSR2, SIGTERM, SIGALRM};
	struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};

	for (size_t index = 0; index < ARRAY_LENGTH(numbers); index++)
		sigaction(numbers[index], &action, NULL);
	kill(getpid(), SIGUSR1);
	raise(SIGUSR2);
	sigqueue(getpid(), SIGTERM, (union sigval){.sival_int = 4711});
	setitimer(ITIMER_REAL, &(struct itimerval){.it_value = {.tv_usec = 5000}}, NULL);
	WAIT_UNTIL(count == 4);
	return 0;
}
