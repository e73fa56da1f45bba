/* Ten megabytes in a file of /tmp, with a hole in it. */
#include "differ.h"
#include <sys/stat.h>

int main(void)
{
	static unsigned char block[100000];
	char path[] = "/tmp/differ-XXXXXX";
	int file = mkstemp(path), wrong = 0;
	struct stat status;

	NEED(file >= 0 && unlink(path) == 0);
	for (int part = 0; part < 100; part++) {
		memset(block, part, sizeof block);
		if (part != 50)
			NEED(pwrite(file, block, sizeof block, part * (off_t)sizeof block) == sizeof block);
	}
	NEED(fstat(file, &status) == 0);
	SHOW(status.st_size);
	for (int part = 99; part >= 0; part--) {
		NEED(pread(file, block, sizeof block, part * (off_t)sizeof block) == sizeof block);
		for (size_t index = 0; index < sizeof block; index++)
			wrong += block[index] != (part == 50 ? 0 : part);
	}
	SHOW(wrong);
	return 0;
}
