/*
 * Computes for ever without a system call: only the host can end it (Ctrl-C). With an argument it has a handler of SIGTERM, which ends
 * the loop: status 3.
 */
#include <signal.h>
#include <stdio.h>

static volatile sig_atomic_t is_told;

static void on_signal(int signal)
{
	is_told = signal;
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		signal(SIGTERM, on_signal);
	printf("looping\n");
	fflush(stdout);
	for (volatile unsigned long rounds = 0; !is_told; rounds++)
		;
	puts("told");
	return 3;
}
