/* /proc/self/maps says what a mapping of a file shows: rights, offset, inode and path, and that the file has no name any more. */
#include "differ.h"
#include <fcntl.h>
#include <sys/stat.h>

/* The line of `address`: what stands before the device, and the path with the random part of its name taken out. */
static void show(void *address, ino_t inode)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[4096], wanted[32], rights[8], offset[24], device[16];
	unsigned long number;
	int path_at = 0;

	NEED(maps != NULL);
	sprintf(wanted, "%lx-", (unsigned long)address);
	while (fgets(line, sizeof line, maps) != NULL)
		if (strncmp(line, wanted, strlen(wanted)) == 0)
			break;
	fclose(maps);
	NEED(sscanf(line, "%*s %7s %23s %15s %lu %n", rights, offset, device, &number, &path_at) == 4);
	char *name = strstr(line + path_at, "/differ-");
	if (name != NULL && strlen(name) > 14)
		memcpy(name + 8, "XXXXXX", 6);
	printf("%s %s %s %s", rights, offset, number == inode ? "this inode" : "another inode", line + path_at);
}

int main(void)
{
	char path[] = "/tmp/differ-XXXXXX";
	int file = mkstemp(path);
	struct stat status;

	NEED(file >= 0 && ftruncate(file, 8 * PAGE) == 0 && fstat(file, &status) == 0);
	char *shared = mmap(NULL, 3 * PAGE, PROT_READ, MAP_SHARED, file, 2 * PAGE);
	char *own = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
	char *memory = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	NEED(shared != MAP_FAILED && own != MAP_FAILED && memory != MAP_FAILED);
	show(shared, status.st_ino);
	show(own, status.st_ino);
	NEED(munmap(own + PAGE, PAGE) == 0);
	show(own + 2 * PAGE, status.st_ino);
	NEED(mprotect(own, PAGE, PROT_READ | PROT_EXEC) == 0);
	show(own, status.st_ino);
	NEED(unlink(path) == 0);
	show(shared, status.st_ino);
	show(memory, status.st_ino);
	return 0;
}
