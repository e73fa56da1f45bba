/*
 * The system calls that the start-up code of glibc and musl makes, with the answers that libc relies on. Calls that a
 * libc tolerates to be missing (rseq, set_robust_list) may say ENOSYS, but nothing else unexpected.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "check.h"

/* arch_prctl(2); musl's headers do not have them. */
#define ARCH_SET_GS 0x1001
#define ARCH_GET_FS 0x1003

/* The layout the system call has, which is not libc's struct sigaction. */
struct kernel_sigaction {
	void (*handler)(int);
	unsigned long flags;
	void (*restorer)(void);
	uint64_t mask;
};

static int missing_or(long answer, long wanted)
{
	return answer == wanted || (answer == -1 && errno == ENOSYS);
}

static void thread_set_up(void)
{
	static int clear_at_exit;
	unsigned long fs = 0, pointer;

	__asm__("mov %%fs:0, %0" : "=r"(pointer));
	CHECK_EQ(syscall(SYS_arch_prctl, ARCH_GET_FS, &fs), 0);
	CHECK(fs == pointer);
	errno = 0;
	CHECK(syscall(SYS_arch_prctl, 0x9999, 0) == -1 && errno == EINVAL);
	CHECK_EQ(syscall(SYS_set_tid_address, &clear_at_exit), getpid());
	CHECK(missing_or(syscall(SYS_set_robust_list, &clear_at_exit, 24), 0));
}

/* A kernel that lives in the program's ring may need GS for itself; then it must say so (EPERM), not break either. */
static void other_segment_base(void)
{
	static unsigned long word = 0x1122334455667788;
	unsigned long seen = word;

	errno = 0;
	if (CHECK(syscall(SYS_arch_prctl, ARCH_SET_GS, &word) == 0 || errno == EPERM) && errno == 0) {
		getpid();
		__asm__ volatile("mov %%gs:0, %0" : "=r"(seen));
	}
	CHECK(seen == word);
	CHECK_EQ(syscall(SYS_arch_prctl, ARCH_SET_GS, 0), 0);
}

static void limits(void)
{
	struct rlimit limit = {0, 0};

	CHECK_EQ(getrlimit(RLIMIT_STACK, &limit), 0);
	CHECK(limit.rlim_cur >= 1024 * 1024);
	CHECK(limit.rlim_cur <= limit.rlim_max);
	CHECK_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
	CHECK(limit.rlim_cur >= 3);
	errno = 0;
	CHECK(getrlimit(1000, &limit) == -1 && errno == EINVAL);
}

static void signal_mask(void)
{
	uint64_t all = ~0ull, before = 1, seen = 0;

	CHECK_EQ(syscall(SYS_rt_sigprocmask, SIG_SETMASK, NULL, &before, 8), 0);
	CHECK_EQ(before, 0);
	CHECK_EQ(syscall(SYS_rt_sigprocmask, SIG_BLOCK, &all, &before, 8), 0);
	CHECK_EQ(syscall(SYS_rt_sigprocmask, SIG_SETMASK, NULL, &seen, 8), 0);
	/* SIGKILL and SIGSTOP cannot be blocked. */
	CHECK_EQ(seen, ~0ull & ~(1ull << (SIGKILL - 1)) & ~(1ull << (SIGSTOP - 1)));
	CHECK_EQ(syscall(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL, 8), 0);
	errno = 0;
	CHECK(syscall(SYS_rt_sigprocmask, SIG_BLOCK, &all, NULL, 16) == -1 && errno == EINVAL);
	errno = 0;
	CHECK(syscall(SYS_rt_sigprocmask, 99, &all, NULL, 8) == -1 && errno == EINVAL);
}

static void signal_actions(void)
{
	struct kernel_sigaction old = {(void (*)(int))1, 2, NULL, 3};
	struct kernel_sigaction ignore = {SIG_IGN, 0, NULL, 0};

	CHECK_EQ(syscall(SYS_rt_sigaction, SIGUSR1, NULL, &old, 8), 0);
	CHECK(old.handler == SIG_DFL && old.mask == 0);
	CHECK_EQ(syscall(SYS_rt_sigaction, SIGUSR1, &ignore, NULL, 8), 0);
	CHECK_EQ(syscall(SYS_rt_sigaction, SIGUSR1, NULL, &old, 8), 0);
	CHECK(old.handler == SIG_IGN);
	errno = 0;
	CHECK(syscall(SYS_rt_sigaction, SIGKILL, &ignore, NULL, 8) == -1 && errno == EINVAL);
	errno = 0;
	CHECK(syscall(SYS_rt_sigaction, 65, &ignore, NULL, 8) == -1 && errno == EINVAL);
}

/* musl polls descriptors 0 to 2 at start when it must be careful; glibc asks with fcntl. */
static void descriptors(void)
{
	struct pollfd three[] = {{0, 0, 0}, {1, 0, 0}, {2, 0, 0}};
	struct pollfd none = {99, POLLIN, 0};

	CHECK(poll(three, 3, 0) >= 0);
	CHECK(((three[0].revents | three[1].revents | three[2].revents) & POLLNVAL) == 0);
	CHECK_EQ(poll(&none, 1, 0), 1);
	CHECK_EQ(none.revents, POLLNVAL);
}

int main(void)
{
	thread_set_up();
	other_segment_base();
	limits();
	signal_mask();
	signal_actions();
	descriptors();
	return check_done("startup-calls");
}
