/* The devices of memory: full, zero, null, random; what reading, writing, seeking and asking for their kind answer. */
#include "files.h"
#include <sys/sysmacros.h>

int main(void)
{
	static const char *const names[] = {"/dev/null", "/dev/zero", "/dev/full", "/dev/urandom", "/dev/random"};
	struct stat status;
	char text[16];

	for (size_t index = 0; index < ARRAY_LENGTH(names); index++) {
		int fd = open(names[index], O_RDWR);

		printf("%s:\n", names[index]);
		NEED(fd >= 0 && fstat(fd, &status) == 0);
		HOLDS(S_ISCHR(status.st_mode));
		printf("%u:%u\n", major(status.st_rdev), minor(status.st_rdev));
		memset(text, 'x', sizeof text);
		CALL(read(fd, text, 8));
		HOLDS(text[8] == 'x');
		CALL(read(fd, text, 0));
		CALL(index < 3 ? write(fd, text, 8) : 8);
		CALL(write(fd, text, 0));
		CALL(read(fd, (char *)16, 8));
		close(fd);
	}
	int fd = open("/dev/zero", O_RDWR);

	memset(text, 'x', sizeof text);
	CALL(read(fd, text, 16));
	HOLDS(memcmp(text, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16) == 0);
	char *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);

	HOLDS(map != MAP_FAILED && map[100] == 0);
	map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	HOLDS(map != MAP_FAILED && map[100] == 0);
	MAP(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, open("/dev/null", O_RDWR), 0));
	CALL(pread(fd, text, 4, 1000));
	return 0;
}
