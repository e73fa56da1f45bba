/* What is not in /proc, and what cannot be done with what is. */
#include "differ.h"
#include <fcntl.h>
#include <sys/stat.h>

int main(void)
{
	struct stat status;
	char byte;

	CALL(open("/proc/none", O_RDONLY));
	CALL(open("/proc/self/none", O_RDONLY));
	CALL(open("/proc/999999999/stat", O_RDONLY));
	CALL(open("/sys/devices/system/cpu/none", O_RDONLY));
	CALL(stat("/proc", &status));
	HOLDS(S_ISDIR(status.st_mode));
	CALL(stat("/proc/self/stat", &status));
	HOLDS(S_ISREG(status.st_mode));
	SHOW(status.st_size);
	int file = open("/proc/self/stat", O_RDONLY);
	SHOW(file);
	CALL(write(file, "x", 1));
	CALL(read(file, &byte, 1));
	CALL(lseek(file, 0, SEEK_SET));
	CALL(read(file, &byte, 1));
	return 0;
}
