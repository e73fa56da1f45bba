/*
 * Unmapping and protecting what a program believes to be holes: whatever a system has put there for itself meanwhile, the program goes on.
 */
// libc: both
#include "differ.h"
#include <fcntl.h>
#include <sys/stat.h>

#define MAX_HOLES 128
/* Stacks and libraries lie above it. */
#define LIMIT 0x700000000000ul
/* More than a system may let pass before it does anything about a place that calls often. */
#define CALLS 40

struct hole {
	unsigned long start, end;
};

static struct hole holes[MAX_HOLES];
static int hole_count;

/* Nothing may be mapped for its own sake meanwhile, so there is no stdio. */
static void read_holes(void)
{
	static char text[1 << 16];
	size_t length = 0;
	ssize_t count;
	unsigned long before = 0x10000;
	const int fd = open("/proc/self/maps", O_RDONLY);

	NEED(fd >= 0);
	while ((count = read(fd, text + length, sizeof text - 1 - length)) > 0)
		length += (size_t)count;
	close(fd);
	for (char *line = text; *line && hole_count < MAX_HOLES; line = strchr(line, '\n') + 1) {
		char *rest;
		const unsigned long start = strtoul(line, &rest, 16);

		const unsigned long end = start < LIMIT ? start : LIMIT;

		if (end > before)
			holes[hole_count++] = (struct hole){before, end};
		before = strtoul(rest + 1, NULL, 16);
	}
}

static int call_often(void)
{
	char path[64];
	int good = 0;

	for (int i = 0; i < CALLS; i++)
		good += getcwd(path, sizeof path) != NULL && lseek(-1, 0, SEEK_SET) == -1 && umask(022) >= 0;
	return good;
}

int main(void)
{
	int refused = 0, failed = 0;

	NEED(chdir("/") == 0);
	read_holes();
	SHOW(call_often());
	for (int i = 0; i < hole_count; i++)
		refused += mprotect((void *)holes[i].start, holes[i].end - holes[i].start, PROT_NONE) == -1 && errno == ENOMEM;
	SHOW(refused == hole_count);
	SHOW(call_often());
	for (int i = 0; i < hole_count; i++)
		failed += munmap((void *)holes[i].start, holes[i].end - holes[i].start) != 0;
	SHOW(failed);
	SHOW(call_often());
	return 0;
}
