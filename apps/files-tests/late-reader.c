/*
 * `late-reader PROGRAM ARGS`: runs it with a pipe as stdout. When the pipe is full, makes the folder "full"; when there is a folder "go", reads all
 * and says what it was: each byte that came, and how often. Linux only.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LOOK_US = 1000, PIPE_BYTES = 65536 };

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static int has_ended(pid_t child)
{
	siginfo_t info = { 0 };

	return waitid(P_PID, (id_t)child, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid != 0;
}

static void wait_until_full(int pipe, pid_t child)
{
	int bytes = 0;

	while (bytes < PIPE_BYTES && !has_ended(child)) {
		usleep(LOOK_US);
		if (ioctl(pipe, FIONREAD, &bytes) != 0) fail("FIONREAD");
	}
}

int main(int argc, char **argv)
{
	static long counts[256];
	static unsigned char buffer[65536];
	struct stat status;
	int ends[2], result = 0;
	ssize_t count;

	if (argc < 2 || pipe(ends) != 0) fail("pipe");
	pid_t child = fork();
	if (child == 0) {
		dup2(ends[1], 1);
		close(ends[0]);
		close(ends[1]);
		execv(argv[1], argv + 1);
		fail(argv[1]);
	}
	close(ends[1]);
	wait_until_full(ends[0], child);
	if (mkdir("full", 0755) != 0) fail("full");
	while (stat("go", &status) != 0 && !has_ended(child)) usleep(LOOK_US);
	while ((count = read(ends[0], buffer, sizeof buffer)) > 0)
		for (ssize_t i = 0; i < count; i++) counts[buffer[i]]++;
	for (int i = 0; i < 256; i++)
		if (counts[i] != 0) printf("%c %ld\n", i, counts[i]);
	waitpid(child, &result, 0);
	return WIFEXITED(result) ? WEXITSTATUS(result) : 1;
}
