/*
 * What the host's file system refuses, as a program sees it: the words of the error, and what was done until then.
 *
 *     host-errors fill PATH            writes until that fails
 *     host-errors link|rename FROM TO  one call
 *     host-errors open|create|mkdir|unlink|chmod|truncate PATH
 *     host-errors map PATH             maps sixteen MiB, waits for a line, and touches the first page and the last
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* More than a guest reads ahead. */
#define MAP_BYTES (16 << 20)
#define PAGE 4096
#define MOST_WRITES 4096

static sigjmp_buf back;

static void on_fault(int number)
{
	siglongjmp(back, number);
}

static int report(const char *what, int result)
{
	printf("%s: %s\n", what, result < 0 ? strerrorname_np(errno) : "ok");
	return 0;
}

static int fill(const char *path)
{
	static char block[10000];
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	struct stat status;
	long long total = 0;
	ssize_t done = 0;

	if (fd < 0)
		return report("open", fd);
	for (int count = 0; count < MOST_WRITES && (done = write(fd, block, sizeof block)) >= 0; count++)
		total += done;
	report("write", done);
	fstat(fd, &status);
	printf("%s than was written\n", total == status.st_size ? "not longer" : total < status.st_size ? "longer" : "shorter");
	report("fsync", fsync(fd));
	report("close", close(fd));
	report("unlink", unlink(path));
	return 0;
}

static int map(const char *path)
{
	int fd = open(path, O_RDWR);
	volatile char *pages = mmap(NULL, MAP_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	char line[16];

	if (fd < 0 || pages == MAP_FAILED)
		return report("map", -1);
	signal(SIGBUS, on_fault);
	printf("first page: %c\nmapped\n", pages[0]);
	fflush(stdout);
	if (!fgets(line, sizeof line, stdin))
		return report("stdin", -1);
	printf("first page: %c\n", pages[0]);
	int number = sigsetjmp(back, 1);

	if (number == 0)
		printf("last page: %c\n", pages[MAP_BYTES - PAGE]);
	else
		printf("last page: %s\n", number == SIGBUS ? "SIGBUS" : "another signal");
	return 0;
}

int main(int argc, char **argv)
{
	const char *command = argc > 2 ? argv[1] : "", *path = argc > 2 ? argv[2] : "", *to = argc > 3 ? argv[3] : "";

	if (strcmp(command, "fill") == 0)
		return fill(path);
	if (strcmp(command, "map") == 0)
		return map(path);
	if (strcmp(command, "link") == 0)
		return report(command, link(path, to));
	if (strcmp(command, "rename") == 0)
		return report(command, rename(path, to));
	if (strcmp(command, "open") == 0)
		return report(command, open(path, O_RDWR));
	if (strcmp(command, "create") == 0)
		return report(command, open(path, O_RDWR | O_CREAT, 0644));
	if (strcmp(command, "mkdir") == 0)
		return report(command, mkdir(path, 0755));
	if (strcmp(command, "unlink") == 0)
		return report(command, unlink(path));
	if (strcmp(command, "chmod") == 0)
		return report(command, chmod(path, 0600));
	if (strcmp(command, "truncate") == 0)
		return report(command, truncate(path, 0));
	fprintf(stderr, "host-errors: see the top of its source\n");
	return 2;
}
