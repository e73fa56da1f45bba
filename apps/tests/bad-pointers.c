/*
 * Pointers that are none, given to every kind of system call: each answers EFAULT, as on Linux, and nothing else happens. In the
 * guest program and kernel share one address space, so the kernel's own addresses are among the pointers: a system call must not
 * be a way to read or write there, and not a way to crash it either.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "check.h"

#define PAGE 4096ul

/* Which argument is the pointer, and whether the call writes through it. */
struct call {
	const char *name;
	long number;
	int argument;
	int writes;
	long a[6];
};

static const struct call calls[] = {
	{"write", SYS_write, 1, 0, {1, 0, 16}},
	{"read", SYS_read, 1, 1, {0, 0, 16}},
	{"writev", SYS_writev, 1, 0, {1, 0, 1}},
	{"readv", SYS_readv, 1, 0, {0, 0, 1}},
	{"clock_gettime", SYS_clock_gettime, 1, 1, {1, 0}},
	{"clock_getres", SYS_clock_getres, 1, 1, {1, 0}},
	{"nanosleep", SYS_nanosleep, 0, 0, {0, 0}},
	{"clock_nanosleep", SYS_clock_nanosleep, 2, 0, {1, 0, 0, 0}},
	{"gettimeofday", SYS_gettimeofday, 0, 1, {0, 0}},
	{"time", SYS_time, 0, 1, {0}},
	{"uname", SYS_uname, 0, 1, {0}},
	{"getrandom", SYS_getrandom, 0, 1, {0, 16, 0}},
	{"fstat", SYS_fstat, 1, 1, {1, 0}},
	{"poll", SYS_poll, 0, 0, {0, 1, 0}},
	{"rt_sigaction, new", SYS_rt_sigaction, 1, 0, {SIGUSR1, 0, 0, 8}},
	{"rt_sigaction, old", SYS_rt_sigaction, 2, 1, {SIGUSR1, 0, 0, 8}},
	{"rt_sigprocmask, new", SYS_rt_sigprocmask, 1, 0, {SIG_BLOCK, 0, 0, 8}},
	{"rt_sigprocmask, old", SYS_rt_sigprocmask, 2, 1, {SIG_BLOCK, 0, 0, 8}},
	{"sigaltstack, new", SYS_sigaltstack, 0, 0, {0, 0}},
	{"sigaltstack, old", SYS_sigaltstack, 1, 1, {0, 0}},
	{"prlimit64, old", SYS_prlimit64, 3, 1, {0, 3, 0, 0}},
	{"getrlimit", SYS_getrlimit, 1, 1, {3, 0}},
	{"getrusage", SYS_getrusage, 1, 1, {0, 0}},
	{"sysinfo", SYS_sysinfo, 0, 1, {0}},
	{"openat, name", SYS_openat, 1, 0, {AT_FDCWD, 0, O_RDONLY}},
	{"readlink, name", SYS_readlink, 0, 0, {0, 0, 16}},
	{"sched_getaffinity", SYS_sched_getaffinity, 2, 1, {0, 128, 0}},
	{"getcwd", SYS_getcwd, 0, 1, {0, 100}},
};

static void refuses(const struct call *call, const char *what, uintptr_t pointer)
{
	long a[6];

	memcpy(a, call->a, sizeof a);
	a[call->argument] = (long)pointer;
	errno = 0;
	long answer = syscall(call->number, a[0], a[1], a[2], a[3], a[4], a[5]);
	if (!CHECK(answer == -1 && errno == EFAULT))
		fprintf(stderr, "%s with %s: %ld, errno %d\n", call->name, what, answer, errno);
}

int main(void)
{
	char *none = mmap(NULL, 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *read_only = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *touched = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *gone = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (none == MAP_FAILED || read_only == MAP_FAILED || touched == MAP_FAILED || gone == MAP_FAILED)
		return 2;
	/* The first page stays; what begins in it ends in one that is gone. */
	memset(touched, 1, 2 * PAGE);
	munmap(touched + PAGE, PAGE);
	memset(gone, 1, PAGE);
	munmap(gone, PAGE);
	const struct {
		const char *what;
		uintptr_t address;
	} bad[] = {
		{"8", 8},
		{"an unmapped page", (uintptr_t)gone},
		{"an inaccessible page", (uintptr_t)none},
		{"a byte before unmapped memory", (uintptr_t)touched + PAGE - 1},
		{"an address that cannot exist", 0x8000000000000000ul},
		{"the end of the lower half", 0x7ffffffffff8ul},
		{"the upper half", 0xffff800000000000ul},
		{"the last byte", UINTPTR_MAX},
		{"where HermitCore maps all memory", 0x7e0000200000ul},
		{"where HermitCore has its devices", 0x7f0000000000ul},
		{"where HermitCore's kernel lies", 0x7f8000000000ul},
	};

	for (unsigned i = 0; i < sizeof calls / sizeof *calls; i++) {
		for (unsigned j = 0; j < sizeof bad / sizeof *bad; j++) {
			/* What a call could store before it met the end is its business; getrandom then answers with a count. */
			touched[PAGE - 1] = 1;
			if (calls[i].number != SYS_getrandom || bad[j].address != (uintptr_t)touched + PAGE - 1)
				refuses(&calls[i], bad[j].what, bad[j].address);
		}
		if (calls[i].writes)
			refuses(&calls[i], "a page that may only be read", (uintptr_t)read_only);
	}
	/* A read that failed has not taken anything from the input. */
	char line[16];
	CHECK(read(0, line, 6) == 6 && memcmp(line, "still\n", 6) == 0);
	return check_done("bad-pointers");
}
