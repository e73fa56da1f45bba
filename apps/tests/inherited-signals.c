/*
 * Signals as whoever started the program has set them: which are ignored, which are blocked. Then, by the argument:
 *
 *     wait     waits for SIGUSR1, which it has not blocked itself
 *     default  has SIGHUP do again what it does by default, and sleeps
 *     pipe     writes until its reader has gone
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";
	sigset_t blocked, wanted;
	struct sigaction action;

	sigprocmask(SIG_BLOCK, NULL, &blocked);
	for (int number = 1; number <= 64; number++) {
		if (sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
			printf("%d is ignored\n", number);
		if (sigismember(&blocked, number) == 1)
			printf("%d is blocked\n", number);
	}
	if (strcmp(mode, "default") == 0)
		signal(SIGHUP, SIG_DFL);
	printf("ready\n");
	fflush(stdout);
	if (strcmp(mode, "wait") == 0) {
		sigemptyset(&wanted);
		sigaddset(&wanted, SIGUSR1);
		printf("got %d\n", sigwaitinfo(&wanted, NULL));
	}
	while (strcmp(mode, "default") == 0)
		pause();
	if (strcmp(mode, "pipe") == 0) {
		while (write(1, "more\n", 5) == 5)
			;
		fprintf(stderr, "write: %s\n", strerror(errno));
	}
	return 0;
}
