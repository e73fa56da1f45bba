/* mmap of descriptors: rights that the description lacks, offsets that are no pages, kinds of files that have no pages. */
#include "differ.h"
#include <fcntl.h>

#define TRY(prot, flags, fd, offset) MAP(mmap(NULL, PAGE, prot, flags, fd, offset))

int main(void)
{
	char path[64];
	int fd = memfd_create("file", 0), pipes[2];

	NEED(fd >= 0 && ftruncate(fd, 4 * PAGE) == 0 && pipe(pipes) == 0);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	int reader = open(path, O_RDONLY), writer = open(path, O_WRONLY), folder = open("/proc", O_RDONLY);

	TRY(PROT_READ, MAP_SHARED, reader, 0);
	TRY(PROT_READ | PROT_WRITE, MAP_SHARED, reader, 0);
	TRY(PROT_READ | PROT_WRITE, MAP_PRIVATE, reader, 0);
	TRY(PROT_READ, MAP_SHARED, writer, 0);
	TRY(PROT_WRITE, MAP_SHARED, writer, 0);
	TRY(PROT_READ, MAP_PRIVATE, writer, 0);
	TRY(PROT_NONE, MAP_PRIVATE, writer, 0);
	TRY(PROT_READ, MAP_SHARED, fd, 1);
	TRY(PROT_READ, MAP_SHARED, fd, PAGE);
	TRY(PROT_READ, MAP_SHARED, fd, 100 * PAGE);
	TRY(PROT_READ, 0, fd, 0);
	TRY(PROT_READ, MAP_SHARED | MAP_PRIVATE, fd, 0);
	TRY(PROT_READ, MAP_PRIVATE, 99, 0);
	TRY(PROT_READ, MAP_PRIVATE, -1, 0);
	TRY(PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, 99, 0);
	TRY(PROT_READ, MAP_PRIVATE, pipes[0], 0);
	TRY(PROT_READ, MAP_PRIVATE, folder, 0);
	void *map = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, reader, 0);

	CALL(mprotect(map, PAGE, PROT_READ | PROT_WRITE));
	CALL(mprotect(map, PAGE, PROT_NONE));
	HOLDS(mmap(NULL, 0, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED && errno == EINVAL);
	HOLDS(mmap(NULL, -PAGE, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED && errno == ENOMEM);
	HOLDS(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, -(off_t)PAGE) == MAP_FAILED && errno == EOVERFLOW);
	return 0;
}
