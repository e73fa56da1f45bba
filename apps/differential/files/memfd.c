/* memfd_create: a file without a name, sealed against changes. */
#include "differ.h"
#include <fcntl.h>
#include <sys/stat.h>

int main(void)
{
	struct stat status;
	int file = memfd_create("a-name", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	SHOW(file);
	CALL(fcntl(file, F_GETFD));
	CALL(ftruncate(file, 100));
	CALL(write(file, "abc", 3));
	CALL(fstat(file, &status));
	SHOW(status.st_size);
	CALL(fcntl(file, F_GET_SEALS));
	CALL(fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK));
	CALL(ftruncate(file, 50));
	CALL(ftruncate(file, 200));
	CALL(fcntl(file, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SEAL));
	CALL(write(file, "abc", 3));
	CALL(fcntl(file, F_ADD_SEALS, F_SEAL_GROW));
	CALL(memfd_create("a-name", 0x1000));
	return 0;
}
