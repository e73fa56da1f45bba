/* /dev/null, /dev/zero, /dev/full, /dev/urandom. */
#include "differ.h"
#include <fcntl.h>
#include <sys/stat.h>

int main(void)
{
	unsigned char bytes[64], more[64];
	struct stat status;
	int null = open("/dev/null", O_RDWR), zero = open("/dev/zero", O_RDWR), full = open("/dev/full", O_RDWR);
	int random = open("/dev/urandom", O_RDONLY), sum = 0;

	NEED(null >= 0 && zero >= 0 && random >= 0);
	CALL(write(null, bytes, 64));
	CALL(read(null, bytes, 64));
	CALL(fstat(null, &status));
	HOLDS(S_ISCHR(status.st_mode));
	memset(bytes, 1, sizeof bytes);
	CALL(read(zero, bytes, 64));
	for (int index = 0; index < 64; index++)
		sum += bytes[index];
	SHOW(sum);
	CALL(write(zero, bytes, 64));
	CALL(write(full, bytes, 64));
	CALL(read(random, bytes, 64));
	CALL(read(random, more, 64));
	HOLDS(memcmp(bytes, more, 64) != 0);
	CALL(lseek(null, 100, SEEK_SET));
	char *mapped = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, zero, 0);
	HOLDS(mapped != MAP_FAILED && mapped[7] == 0);
	CALL(open("/dev/none", O_RDONLY));
	return 0;
}
