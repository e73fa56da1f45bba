/*
 * Locks of files, taken in the guest and seen from the host.
 *
 *     host-locks take FILE STEP...    opens the file twice, takes and gives up locks, prints "ready" and waits for a line
 *     host-locks ask FILE             ten bytes as somebody else sees them: w or r where one locked it, - where nobody has
 *
 * A step is the number of the description, whose lock (p the process's, d the description's, f flock's), its kind (r, w, u) and for the first
 * two the bytes: 1pw0-4, 2fr. "2c" closes the description.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define BYTES 10

static int open_again(const char *path, int *fds)
{
	fds[0] = open(path, O_RDWR);
	fds[1] = open(path, O_RDWR);
	return fds[0] >= 0 && fds[1] >= 0;
}

static int take(const char *step, const int *fds)
{
	int fd = fds[step[0] == '2'], first = 0, last = 0;

	if (step[1] == 'c')
		return close(fd);
	if (step[1] == 'f')
		return flock(fd, LOCK_NB | (step[2] == 'r' ? LOCK_SH : step[2] == 'w' ? LOCK_EX : LOCK_UN));
	if (sscanf(step + 3, "%d-%d", &first, &last) != 2)
		return -1;
	struct flock lock = {
		.l_type = step[2] == 'r' ? F_RDLCK : step[2] == 'w' ? F_WRLCK : F_UNLCK,
		.l_whence = SEEK_SET,
		.l_start = first,
		.l_len = last - first + 1,
	};
	return fcntl(fd, step[1] == 'p' ? F_SETLK : F_OFD_SETLK, &lock);
}

static char seen_at(int fd, int byte)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};

	if (fcntl(fd, F_OFD_GETLK, &lock) != 0)
		return '?';
	return lock.l_type == F_UNLCK ? '-' : lock.l_type == F_RDLCK ? 'r' : 'w';
}

int main(int argc, char **argv)
{
	const char *command = argc > 2 ? argv[1] : "";
	char line[16];
	int fds[2];

	if (!open_again(argc > 2 ? argv[2] : "", fds)) {
		fprintf(stderr, "host-locks: see the top of its source\n");
		return 2;
	}
	if (strcmp(command, "ask") == 0) {
		for (int byte = 0; byte < BYTES; byte++)
			putchar(seen_at(fds[0], byte));
		putchar('\n');
		return 0;
	}
	for (int index = 3; index < argc; index++)
		printf("%s: %s\n", argv[index], take(argv[index], fds) == 0 ? "ok" : strerrorname_np(errno));
	printf("ready\n");
	fflush(stdout);
	return fgets(line, sizeof line, stdin) == NULL;
}
