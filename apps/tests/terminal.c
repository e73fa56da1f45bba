/*
 * What stdin, stdout and stderr are: a terminal with its size, or something else (ENOTTY). "terminal" prints one line
 * for each; the harness runs it with pipes, files and a pseudo-terminal.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

int main(void)
{
	static const char *const name[] = {"stdin", "stdout", "stderr"};

	for (int fd = 0; fd < 3; fd++) {
		struct winsize size = {0};
		errno = 0;
		int answer = ioctl(fd, TIOCGWINSZ, &size);
		if (answer == 0)
			printf("%s: %s, %d rows, %d columns\n", name[fd], isatty(fd) ? "a terminal" : "odd", size.ws_row, size.ws_col);
		else
			printf("%s: %s, %s\n", name[fd], isatty(fd) ? "odd" : "no terminal",
				errno == ENOTTY ? "ENOTTY" : "another error");
	}
	errno = 0;
	if (ioctl(77, TIOCGWINSZ, NULL) != -1 || errno != EBADF)
		return 1;
	return 0;
}
