/* Of several pending signals the lowest number is delivered first, if its handler blocks the others. */
#include "differ.h"

static int order[8];
static volatile sig_atomic_t count;

static void handler(int number)
{
	order[count++] = number;
}

int main(void)
{
	static const int numbers[] = {SIGTERM, SIGUSR2, SIGHUP, SIGUSR1};
	sigset_t set;

	sigemptyset(&set);
	for (size_t index = 0; index < ARRAY_LENGTH(numbers); index++) {
		struct sigaction action = {.sa_handler = handler};
		sigfillset(&action.sa_mask);
		sigaction(numbers[index], &action, NULL);
		sigaddset(&set, numbers[index]);
	}
	sigprocmask(SIG_BLOCK, &set, NULL);
	for (size_t index = 0; index < ARRAY_LENGTH(numbers); index++)
		kill(getpid(), numbers[index]);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	for (int index = 0; index < count; index++)
		puts(signal_name(order[index]));
	return 0;
}
