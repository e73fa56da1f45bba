/*
 * What the differential programs share: words for results, so that the same text comes out on every system that answers alike.
 *
 * Nothing here prints an address, an identifier or a time. CALL and its kin print the source text of a call and what came
 * back, errno by name; a program is mostly a list of them. Numbers that musl's headers lack (Linux's own headers are not on
 * musl-gcc's path) stand here, as Linux's uapi headers give them.
 */
#ifndef DIFFER_H
#define DIFFER_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#define ARRAY_LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define PAGE 4096ul
#define KIB 1024ul
#define MIB (1024ul * KIB)
#define GIB (1024ul * MIB)

/* Lines leave at once: what a program printed before a signal ends it is there. */
__attribute__((constructor)) static void print_lines_at_once(void)
{
	setvbuf(stdout, NULL, _IOLBF, 4096);
}

static inline const char *error_name(int number)
{
	static const struct {
		int number;
		const char *name;
	} names[] = {
		{0, "0"}, {EPERM, "EPERM"}, {ENOENT, "ENOENT"}, {ESRCH, "ESRCH"}, {EINTR, "EINTR"}, {EIO, "EIO"},
		{ENXIO, "ENXIO"}, {E2BIG, "E2BIG"}, {ENOEXEC, "ENOEXEC"}, {EBADF, "EBADF"}, {ECHILD, "ECHILD"},
		{EAGAIN, "EAGAIN"}, {ENOMEM, "ENOMEM"}, {EACCES, "EACCES"}, {EFAULT, "EFAULT"}, {EBUSY, "EBUSY"},
		{EEXIST, "EEXIST"}, {EXDEV, "EXDEV"}, {ENODEV, "ENODEV"}, {ENOTDIR, "ENOTDIR"}, {EISDIR, "EISDIR"},
		{EINVAL, "EINVAL"}, {ENFILE, "ENFILE"}, {EMFILE, "EMFILE"}, {ENOTTY, "ENOTTY"}, {ETXTBSY, "ETXTBSY"},
		{EFBIG, "EFBIG"}, {ENOSPC, "ENOSPC"}, {ESPIPE, "ESPIPE"}, {EROFS, "EROFS"}, {EMLINK, "EMLINK"},
		{EPIPE, "EPIPE"}, {EDOM, "EDOM"}, {ERANGE, "ERANGE"}, {EDEADLK, "EDEADLK"},
		{ENAMETOOLONG, "ENAMETOOLONG"}, {ENOLCK, "ENOLCK"}, {ENOSYS, "ENOSYS"}, {ENOTEMPTY, "ENOTEMPTY"},
		{ELOOP, "ELOOP"}, {ENODATA, "ENODATA"}, {ETIME, "ETIME"}, {EOVERFLOW, "EOVERFLOW"},
		{ENOTSOCK, "ENOTSOCK"}, {EOPNOTSUPP, "EOPNOTSUPP"}, {ETIMEDOUT, "ETIMEDOUT"}, {ECANCELED, "ECANCELED"},
		{EOWNERDEAD, "EOWNERDEAD"}, {ENOTRECOVERABLE, "ENOTRECOVERABLE"},
	};

	for (size_t index = 0; index < ARRAY_LENGTH(names); index++)
		if (names[index].number == number)
			return names[index].name;
	return "an error without a name";
}

static inline const char *signal_name(int number)
{
	static const char *const names[] = {
		"0", "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1",
		"SIGSEGV", "SIGUSR2", "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP",
		"SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU", "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR",
		"SIGSYS",
	};

	if (number >= 0 && number < (int)ARRAY_LENGTH(names))
		return names[number];
	return number >= 32 && number <= 64 ? "a real-time signal" : "no signal";
}

static inline long long print_call(const char *text, long long result)
{
	int number = errno;

	if (result == -1)
		printf("%s = -1 %s\n", text, error_name(number));
	else
		printf("%s = %lld\n", text, result);
	return result;
}

static inline long long print_success(const char *text, long long result)
{
	int number = errno;

	printf("%s: %s\n", text, result == -1 ? error_name(number) : "ok");
	return result;
}

static inline void *print_map(const char *text, void *result)
{
	int number = errno;

	printf("%s: %s\n", text, result == MAP_FAILED ? error_name(number) : "mapped");
	return result;
}

/* A call whose result is the same everywhere (descriptors, counts): the value, or -1 and the error. */
#define CALL(call) (errno = 0, print_call(#call, (long long)(call)))
/* A call whose result means nothing to the reader (identifiers, addresses): ok, or the error. */
#define SUCCESS(call) (errno = 0, print_success(#call, (long long)(call)))
#define MAP(call) (errno = 0, print_map(#call, (call)))
/* A pthread function, which returns the error. */
#define THREAD_CALL(call) printf("%s = %s\n", #call, error_name(call))
#define SHOW(value) printf("%s = %lld\n", #value, (long long)(value))
#define HOLDS(condition) printf("%s: %s\n", #condition, (condition) ? "yes" : "no")

static inline void fail(const char *what)
{
	printf("cannot go on: %s: %s\n", what, error_name(errno));
	exit(99);
}

/* What a program needs before it can show anything. */
#define NEED(condition)                                                                                                    \
	do {                                                                                                               \
		if (!(condition))                                                                                          \
			fail(#condition);                                                                                  \
	} while (0)

static inline int64_t now_ns(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static inline int64_t monotonic_ms(void)
{
	return now_ns(CLOCK_MONOTONIC) / 1000000;
}

static inline struct timespec timespec_of_ms(int64_t milliseconds)
{
	return (struct timespec){.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000};
}

/* A point in time on `clock`, so many milliseconds from now. */
static inline struct timespec in_ms(clockid_t clock, int64_t milliseconds)
{
	int64_t time = now_ns(clock) + milliseconds * 1000000;

	return (struct timespec){.tv_sec = time / 1000000000, .tv_nsec = time % 1000000000};
}

static inline void pause_ms(int64_t milliseconds)
{
	struct timespec time = timespec_of_ms(milliseconds);

	while (nanosleep(&time, &time) == -1 && errno == EINTR)
		;
}

/*
 * Waits until another thread has made the condition true; gives up after half a minute. One look counts for a tenth of a second at most: a
 * machine that stood still meanwhile, as a guest does whose host has no time for it, has not waited.
 */
#define WAIT_UNTIL(condition)                                                                                              \
	do {                                                                                                               \
		int64_t wait_last = monotonic_ms(), wait_left = 30000;                                                     \
		while (!(condition)) {                                                                                     \
			int64_t wait_now = monotonic_ms(), wait_passed = wait_now - wait_last;                             \
			wait_left -= wait_passed < 100 ? wait_passed : 100;                                                \
			wait_last = wait_now;                                                                              \
			if (wait_left < 0) {                                                                               \
				printf("waited in vain: %s\n", #condition);                                                \
				exit(98);                                                                                  \
			}                                                                                                  \
			sched_yield();                                                                                     \
		}                                                                                                          \
	} while (0)

/* What happens at an access to memory: caught by a handler that jumps back. */
static sigjmp_buf fault_return;
static volatile sig_atomic_t fault_signal, fault_code;
static void *volatile fault_address;

static inline void fault_handler(int number, siginfo_t *info, void *context)
{
	(void)context;
	fault_signal = number;
	fault_code = info->si_code;
	fault_address = info->si_addr;
	siglongjmp(fault_return, 1);
}

static inline void catch_faults(void)
{
	struct sigaction action = {.sa_sigaction = fault_handler, .sa_flags = SA_SIGINFO};

	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
}

static inline const char *fault_name(void)
{
	if (fault_signal == SIGSEGV)
		return fault_code == SEGV_MAPERR ? "SIGSEGV, not mapped" :
		       fault_code == SEGV_ACCERR ? "SIGSEGV, not allowed" :
						   "SIGSEGV, another reason";
	return fault_signal == SIGBUS ? "SIGBUS" : "ok";
}

/* "ok", or the signal and its reason. */
static inline const char *try_read(const volatile void *address)
{
	catch_faults();
	fault_signal = 0;
	if (sigsetjmp(fault_return, 1) == 0)
		(void)*(const volatile char *)address;
	return fault_name();
}

static inline const char *try_write(volatile void *address)
{
	catch_faults();
	fault_signal = 0;
	if (sigsetjmp(fault_return, 1) == 0)
		*(volatile char *)address = 1;
	return fault_name();
}

#define READING(address) printf("reading %s: %s\n", #address, try_read(address))
#define WRITING(address) printf("writing %s: %s\n", #address, try_write(address))

#endif
