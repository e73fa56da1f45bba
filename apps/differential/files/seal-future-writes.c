/* F_SEAL_FUTURE_WRITE: a mapping that writes already goes on, writing otherwise and new mappings that write do not. */
#include "files.h"

int main(void)
{
	int fd = memfd_create("file", MFD_ALLOW_SEALING);

	NEED(ftruncate(fd, 4096) == 0);
	char *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	CALL(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
	CALL(fcntl(fd, F_ADD_SEALS, 0x10));
	CALL(fcntl(fd, F_GET_SEALS));
	WRITING(map);
	CALL(pwrite(fd, "x", 1, 0));
	MAP(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
	MAP(mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0));
	void *reading = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);

	CALL(mprotect(reading, 4096, PROT_READ | PROT_WRITE));
	CALL(ftruncate(fd, 8192));
	return 0;
}
