/* memfd_create: names, flags, seals without leave, and what each seal forbids. */
#include "files.h"

int main(void)
{
	static char name[300];
	char text[4];

	memset(name, 'n', 249);
	SUCCESS(close(memfd_create(name, 0)));
	name[249] = 'n';
	CALL(memfd_create(name, 0));
	SUCCESS(close(memfd_create("", MFD_CLOEXEC)));
	CALL(memfd_create("x", 0x4000));
	CALL(syscall(SYS_memfd_create, 16, 0));
	int plain = memfd_create("plain", 0), fd = memfd_create("sealed", MFD_ALLOW_SEALING), pipes[2];

	NEED(pipe(pipes) == 0);
	CALL(fcntl(plain, F_GET_SEALS));
	CALL(fcntl(plain, F_ADD_SEALS, F_SEAL_GROW));
	CALL(fcntl(fd, F_GET_SEALS));
	CALL(write(fd, "0123456789", 10));
	CALL(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW));
	CALL(ftruncate(fd, 11));
	CALL(ftruncate(fd, 9));
	CALL(pwrite(fd, "abc", 3, 7));
	CALL(pwrite(fd, "x", 1, 9));
	CALL(fallocate(fd, 0, 0, 100));
	CALL(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK));
	CALL(ftruncate(fd, 8));
	CALL(ftruncate(fd, 9));
	CALL(fcntl(fd, F_ADD_SEALS, 0x1000));
	CALL(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
	CALL(pwrite(fd, "x", 1, 0));
	CALL(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 1));
	MAP(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
	MAP(mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0));
	MAP(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0));
	CALL(fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL));
	CALL(fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL));
	CALL(fcntl(fd, F_GET_SEALS));
	CALL(pread(fd, text, 4, 0));
	CALL(fcntl(pipes[0], F_GET_SEALS));
	CALL(fcntl(pipes[0], F_ADD_SEALS, F_SEAL_GROW));
	char path[32];

	snprintf(path, sizeof path, "/proc/self/fd/%d", plain);
	int reader = open(path, O_RDONLY);

	CALL(fcntl(reader, F_ADD_SEALS, F_SEAL_GROW));
	CALL(write(reader, "x", 1));
	return 0;
}
