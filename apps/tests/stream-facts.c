/*
 * What the program can tell of its standard streams, written to the file that is its argument: open or closed, how they are open, what they are,
 * what a read or write says, which events hold, and whether a device can be sought. A second argument: SIGPIPE is ignored.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OUT_OF_THE_WAY = 10 };

static FILE *facts;

static const char *reason(long result)
{
	return result < 0 ? strerror(errno) : "ok";
}

static void tell(int fd)
{
	struct stat status = {0};
	struct pollfd entry = {.fd = fd, .events = POLLIN | POLLOUT};
	char byte;
	int flags = fcntl(fd, F_GETFL);

	fprintf(facts, "%d: flags %s %o", fd, reason(flags), flags < 0 ? 0 : flags & (O_ACCMODE | O_APPEND));
	int found = fstat(fd, &status);
	int is_device = S_ISCHR(status.st_mode);
	fprintf(facts, ", status %s %o %lx", reason(found), status.st_mode & S_IFMT, is_device ? (long)status.st_rdev : 0);
	long moved = fd == 0 ? read(fd, &byte, 1) : write(fd, "x\n", 2);
	fprintf(facts, ", moved %ld %s", moved, reason(moved));
	int count = poll(&entry, 1, 0);
	fprintf(facts, ", events %d %x", count, entry.revents);
	/* What the host keeps a position of has none in the guest. */
	if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode))
		fprintf(facts, ", seek %s", reason(lseek(fd, 0, SEEK_CUR)));
	fprintf(facts, "\n");
}

int main(int argc, char **argv)
{
	int first = argc > 1 ? open(argv[1], O_WRONLY | O_CREAT | O_TRUNC, 0644) : -1;

	if (first < 0 || dup2(first, OUT_OF_THE_WAY) < 0)
		return 1;
	close(first);
	facts = fdopen(OUT_OF_THE_WAY, "w");
	setvbuf(facts, NULL, _IONBF, 0);
	if (argc > 2)
		signal(SIGPIPE, SIG_IGN);
	fprintf(facts, "the first file was %d\n", first);
	for (int fd = 0; fd < 3; fd++)
		tell(fd);
	return 0;
}
