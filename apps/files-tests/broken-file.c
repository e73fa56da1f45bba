/*
 * What a program sees of the file system that broken-disk.c serves, in the folder that is its argument: where the bytes end that can be had,
 * EIO from calls, and SIGBUS or EFAULT where they are in a mapping.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define FILE_BYTES 0x10000
#define GOOD_BYTES 0x4000
#define PAGE 4096

static sigjmp_buf back;
static char buffer[FILE_BYTES];

static void on_fault(int number)
{
	siglongjmp(back, number);
}

#define SHOW(call)                                                                                  \
	do {                                                                                        \
		long result = (errno = 0, (long)(call));                                            \
		printf("%s = %ld %s\n", #call, result, result < 0 ? strerrorname_np(errno) : "");   \
	} while (0)

static const char *touch(volatile char *address, int writes)
{
	int number = sigsetjmp(back, 1);

	if (number != 0)
		return number == SIGBUS ? "SIGBUS" : "another signal";
	if (writes)
		*address = 'w';
	else
		(void)*address;
	return "ok";
}

static void show_reads(int fd)
{
	struct iovec parts[2] = {{buffer, PAGE}, {buffer + PAGE, GOOD_BYTES}};

	SHOW(pread(fd, buffer, GOOD_BYTES, 0));
	SHOW(pread(fd, buffer, PAGE, GOOD_BYTES));
	SHOW(pread(fd, buffer, 1, FILE_BYTES - 1));
	SHOW(pread(fd, buffer, 10, FILE_BYTES));
	SHOW(pread(fd, buffer, PAGE, GOOD_BYTES - 100));
	SHOW(read(fd, buffer, FILE_BYTES));
	SHOW(read(fd, buffer, FILE_BYTES));
	SHOW(lseek(fd, 0, SEEK_CUR));
	SHOW(preadv(fd, parts, 2, 0));
}

static void show_mapping(int fd)
{
	char *pages = mmap(NULL, FILE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	char *own = mmap(NULL, FILE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	int pipes[2];

	if (pages == MAP_FAILED || own == MAP_FAILED || pipe(pipes) != 0) {
		printf("no mapping: %s\n", strerrorname_np(errno));
		return;
	}
	printf("reading what is there: %s\n", touch(pages, 0));
	printf("reading what is lost: %s\n", touch(pages + GOOD_BYTES, 0));
	printf("the same again: %s\n", touch(pages + GOOD_BYTES, 0));
	printf("writing to what is lost: %s\n", touch(pages + FILE_BYTES - 1, 1));
	printf("privately: %s, %s\n", touch(own, 1), touch(own + GOOD_BYTES, 1));
	SHOW(write(pipes[1], pages + GOOD_BYTES, 10));
	SHOW(write(pipes[1], pages + GOOD_BYTES - 10, 20));
	munmap(pages, FILE_BYTES);
	munmap(own, FILE_BYTES);
}

static void show_copies(int fd)
{
	int pipes[2];
	off_t offset = GOOD_BYTES;

	if (pipe(pipes) != 0)
		return;
	SHOW(sendfile(pipes[1], fd, &offset, 10));
	offset = 0;
	SHOW(sendfile(pipes[1], fd, &offset, 10));
}

static void show_writes(int fd)
{
	SHOW(pwrite(fd, buffer, PAGE, 0));
	SHOW(pwrite(fd, buffer, PAGE, GOOD_BYTES));
	SHOW(pwrite(fd, buffer, 1, FILE_BYTES - 1));
	SHOW(fsync(fd));
	SHOW(fdatasync(fd));
	SHOW(ftruncate(fd, 10));
	SHOW(fchmod(fd, 0600));
}

static void show_names(void)
{
	struct stat status;
	DIR *listing = opendir(".");

	SHOW(stat("lost", &status));
	SHOW(open("lost", O_RDONLY));
	SHOW(stat("nothing", &status));
	SHOW(mkdir("new", 0755));
	SHOW(open("new", O_CREAT | O_RDWR, 0644));
	SHOW(symlink("x", "new"));
	SHOW(unlink("file"));
	SHOW(rename("file", "new"));
	SHOW(truncate("file", 0));
	errno = 0;
	printf("listing: %s\n", listing && readdir(listing) ? "an entry" : strerrorname_np(errno));
}

int main(int argc, char **argv)
{
	int fd = -1;

	if (argc != 2 || chdir(argv[1]) != 0 || (fd = open("file", O_RDWR)) < 0) {
		printf("cannot begin: %s\n", strerrorname_np(errno));
		return 1;
	}
	signal(SIGBUS, on_fault);
	show_reads(fd);
	show_mapping(fd);
	show_copies(fd);
	show_writes(fd);
	SHOW(close(fd));
	show_names();
	return 0;
}
