/* What a descriptor of O_PATH can do: name a place and be asked about; nothing reads, writes or changes through it. */
#include "files.h"
#include <poll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/statfs.h>
#include <sys/uio.h>
#include <sys/xattr.h>

int main(void)
{
	char text[16];
	struct stat status;
	struct statfs space;
	struct iovec piece = {text, 4};
	struct pollfd polled = {.events = POLLIN | POLLOUT};
	int number;

	enter_work_folder();
	make_file("file", "text");
	int fd = open("file", O_PATH | O_RDWR | O_TRUNC | O_APPEND);

	SHOW(fcntl(fd, F_GETFL) & ~0100000);
	SUCCESS(fstat(fd, &status));
	SHOW(status.st_size);
	CALL(read(fd, text, 4));
	CALL(write(fd, text, 4));
	CALL(pread(fd, text, 4, 0));
	CALL(pwrite(fd, text, 4, 0));
	CALL(readv(fd, &piece, 1));
	CALL(lseek(fd, 0, SEEK_SET));
	CALL(ftruncate(fd, 0));
	CALL(fsync(fd));
	CALL(fdatasync(fd));
	CALL(fchmod(fd, 0600));
	CALL(fchown(fd, -1, -1));
	CALL(futimens(fd, NULL));
	CALL(posix_fallocate(fd, 0, 10));
	CALL(ioctl(fd, FIONREAD, &number));
	CALL(flock(fd, LOCK_SH));
	CALL(fcntl(fd, F_SETFL, O_APPEND));
	CALL(fcntl(fd, F_GETFD));
	CALL(fcntl(fd, F_SETFD, FD_CLOEXEC));
	CALL(fcntl(fd, F_GETFD));
	CALL(fcntl(fd, F_GETOWN));
	CALL(fcntl(fd, F_GETPIPE_SZ));
	SUCCESS(close(dup(fd)));
	SUCCESS(close(fcntl(fd, F_DUPFD, 20)));
	CALL(fgetxattr(fd, "user.a", text, sizeof text));
	CALL(flistxattr(fd, text, sizeof text));
	CALL(fstatfs(fd, &space));
	CALL(syncfs(fd));
	CALL(fchdir(fd));
	CALL(openat(fd, "x", O_RDONLY));
	polled.fd = fd;
	CALL(poll(&polled, 1, 0));
	HOLDS(polled.revents == POLLNVAL);
	MAP(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0));
	SUCCESS(fstatat(fd, "", &status, AT_EMPTY_PATH));
	SUCCESS(fchownat(fd, "", -1, -1, AT_EMPTY_PATH));
	SUCCESS(faccessat(fd, "", R_OK, 0));
	int folder = open(".", O_PATH | O_DIRECTORY);

	CALL(syscall(SYS_getdents64, folder, text, sizeof text));
	CALL(fchdir(folder));
	SUCCESS(close(openat(folder, "file", O_RDONLY)));
	CALL(fchmod(folder, 0755));
	remove_work_folder();
	return 0;
}
