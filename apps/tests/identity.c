/*
 * Who and where am I: uname, process and thread numbers, user numbers. glibc's start-up refuses a kernel release below
 * the one it was built for, so the release must look like Linux's.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "check.h"

int main(void)
{
	struct utsname name;
	int major = 0, minor = 0;

	CHECK_EQ(uname(&name), 0);
	CHECK(strcmp(name.sysname, "Linux") == 0);
	CHECK(strcmp(name.machine, "x86_64") == 0);
	CHECK_EQ(sscanf(name.release, "%d.%d", &major, &minor), 2);
	CHECK(major > 3 || (major == 3 && minor >= 2));
	CHECK(name.nodename[0] != 0);
	CHECK(memchr(name.version, 0, sizeof name.version) != NULL);

	CHECK(getpid() > 0);
	CHECK_EQ(getpid(), syscall(SYS_gettid));
	CHECK_EQ(getpid(), getpid());
	CHECK(getppid() >= 0);
	CHECK(getppid() != getpid());
	CHECK_EQ(getuid(), geteuid());
	CHECK_EQ(getgid(), getegid());
	CHECK(sysconf(_SC_NPROCESSORS_ONLN) >= 1);
	CHECK_EQ(sysconf(_SC_PAGESIZE), 4096);
	return check_done("identity");
}
