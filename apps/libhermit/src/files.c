/* Files and memory: the C library's calls with HermitCore's way of saying what went wrong. */
#include "internal.h"

#include <fcntl.h>
#include <sys/stat.h>

ssize_t sys_read(int fd, char *buffer, size_t length)
{
	return result_of(read(fd, buffer, length));
}

ssize_t sys_write(int fd, const char *buffer, size_t length)
{
	return result_of(write(fd, buffer, length));
}

int sys_open(const char *name, int flags, int mode)
{
	return (int)result_of(open(name, flags, mode));
}

int sys_close(int fd)
{
	return (int)result_of(close(fd));
}

off_t sys_lseek(int fd, off_t offset, int whence)
{
	return result_of(lseek(fd, offset, whence));
}

int sys_stat(const char *name, struct stat *status)
{
	return (int)result_of(stat(name, status));
}

ssize_t sys_sbrk(ssize_t increment)
{
	void *before = sbrk(increment);

	return before == (void *)-1 ? -ENOMEM : (ssize_t)before;
}
