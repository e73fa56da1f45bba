/*
 * Random system calls, structured after the kernel's own table, from several threads.
 *
 *     syscalls SEED CALLS < table        table: lines `NUMBER NAME KIND...` as fuzz/guest/table.ts writes them
 *
 * Each thread makes CALLS calls and ends by itself; the program then says how many calls there were and ends with its own status. Left out is
 * only what rightly ends or breaks a program: exit, a signal that kills it or whose handler it has not chosen, changes of its own code, stack and
 * thread pointer, a thread on a stack of garbage. Memory that calls may write, map or unmap is an arena and a page of scratch per
 * thread, each between inaccessible pages. A call that waits for ever is ended by a signal from the first thread.
 *
 * It refuses to run on Linux: there, it would reach every process that this user may signal.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

enum {
	WORKERS = 4,
	MOST_CALLS_KNOWN = 512,
	PAGE = 4096,
	ARENA_BYTES = 2 << 20,
	GUARD_BYTES = 64 << 20,
	SCRATCH_BYTES = 4 * PAGE,
	OUTPUT_FD = 200,
	LAST_FUZZED_FD = 40,
	/* Ends a call that waits (SIGUSR2). Nobody else sends, blocks or handles it; a real-time signal could exceed a limit that was set. */
	WAKE_SIGNAL = 12,
	STUCK_MS = 20,
	OWN_STATUS = 42,
	REFRESH_CALLS = 128,
};

struct call {
	int number;
	char name[32];
	char kinds[6][20];
	int kind_count;
};

static struct call calls[MOST_CALLS_KNOWN];
static int call_count;
static char *arena;
static uintptr_t first_break;
static uint64_t seed;
static unsigned long calls_per_worker;

static struct worker {
	char *scratch;
	uint64_t random;
	_Atomic int tid;
	_Atomic unsigned long done;
	/* What it does, for a debugger. */
	volatile long last[7];
} workers[WORKERS];
static _Atomic int ended;

static struct {
	void *handler;
	unsigned long flags;
	void *restorer;
	unsigned long mask;
} raw_action;

static uint32_t below(struct worker *self, uint32_t limit)
{
	self->random ^= self->random >> 12;
	self->random ^= self->random << 25;
	self->random ^= self->random >> 27;
	return (uint32_t)((self->random * 0x2545f4914f6cdd1du) >> 33) % limit;
}

static int one_in(struct worker *self, uint32_t count)
{
	return below(self, count) == 0;
}

static int is_named(const struct call *call, const char *names)
{
	size_t length = strlen(call->name);

	for (const char *at = names; (at = strstr(at, call->name)) != NULL; at += length)
		if ((at == names || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
			return 1;
	return 0;
}

/* Addresses that no call may use, or only to read. */
static long bad_address(struct worker *self)
{
	static const unsigned long places[] = {
		0, 1, 8, 0xfff, 0x7fffffffffff, 0x800000000000, 0xffff800000000000, 0xffffffff80000000,
		0xfffffffffffff000, 0xffffffffffffffff, 0x7ffffffff000, 0x10000000000, 0xfee00000, 0x100000,
	};
	if (one_in(self, 4))
		return (long)(arena - PAGE + below(self, PAGE));
	return (long)places[below(self, sizeof places / sizeof *places)];
}

/* Bytes that mean something as numbers, flags and descriptors; the signal that wakes is in no mask. */
static void fill_scratch(struct worker *self)
{
	uint64_t *words = (uint64_t *)self->scratch;

	for (unsigned index = 0; index < 64; index++) {
		uint64_t word = below(self, 4) == 0 ? self->random : below(self, 64);
		words[index] = word & ~(1ull << (WAKE_SIGNAL - 1));
	}
}

static long address(struct worker *self)
{
	switch (below(self, 8)) {
	case 0:
		return bad_address(self);
	case 1:
		return (long)(arena + ARENA_BYTES - below(self, 64));
	case 2:
	case 3:
		return (long)(arena + below(self, ARENA_BYTES));
	case 4:
		return (long)(self->scratch + SCRATCH_BYTES - below(self, 128));
	default:
		return (long)self->scratch;
	}
}

static long number(struct worker *self)
{
	static const long places[] = {
		-1, -2, -100, 0, 1, 2, 3, 7, 8, 16, 64, 4095, 4096, 4097, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff,
		0x100000000, 0x7fffffffffffffff, (long)0x8000000000000000, 0x1fffff,
	};
	return one_in(self, 3) ? places[below(self, sizeof places / sizeof *places)] : (long)below(self, 4096);
}

static long descriptor(struct worker *self)
{
	static const long places[] = { -1, -100, 1000, 0x7fffffff, 0x80000000, 0x100000003 };
	return one_in(self, 8) ? places[below(self, 6)] : (long)below(self, LAST_FUZZED_FD);
}

static long flags(struct worker *self)
{
	return one_in(self, 8) ? (long)self->random : (long)(1u << below(self, 24) | (one_in(self, 2) ? 1u << below(self, 8) : 0));
}

static int is_sendable(int signal)
{
	static const int kept[] = { 4, 5, 6, 7, 8, 9, 11, 19, 32, 33, 34, WAKE_SIGNAL };

	for (unsigned index = 0; index < sizeof kept / sizeof *kept; index++)
		if (signal == kept[index])
			return 0;
	return 1;
}

static long signal_number(struct worker *self)
{
	long chosen;

	do
		chosen = (long)below(self, 70) - 2;
	while (!is_sendable((int)chosen));
	return chosen;
}

static long path(struct worker *self)
{
	static const char *const names[] = {
		"/", "/tmp", "/tmp/a", "/tmp/b", "/tmp/d", "/tmp/d/e", "/dev/null", "/dev/zero", "/dev/urandom", "/proc", "/proc/self/maps",
		"/proc/self/status", "/proc/cpuinfo", "/proc/self/exe", "/sys/devices/system/cpu/online", "", "/tmp/../tmp/./a", "/none",
		"/proc/self/fd/3", "//tmp//a/", "/tmp/a/b",
	};
	if (one_in(self, 6))
		return address(self);
	return (long)strcpy(self->scratch + 2 * PAGE, names[below(self, sizeof names / sizeof *names)]);
}

static long vectors(struct worker *self)
{
	struct iovec *list = (struct iovec *)self->scratch;

	for (int index = 0; index < 8; index++)
		list[index] = (struct iovec){ (void *)address(self), one_in(self, 6) ? (size_t)number(self) : below(self, 5000) };
	return one_in(self, 8) ? bad_address(self) : (long)list;
}

static long short_time(struct worker *self)
{
	struct timespec *time = (struct timespec *)(self->scratch + PAGE);

	*time = (struct timespec){ one_in(self, 16) ? -1 : 0, one_in(self, 16) ? 2000000000 : (long)below(self, 2000000) };
	return (long)time;
}

static long action(struct worker *self)
{
	char *place = self->scratch + 3 * PAGE;

	raw_action.mask = 0;
	memcpy(place, &raw_action, sizeof raw_action);
	return one_in(self, 4) ? bad_address(self) : (long)place;
}

static int fits(const char *kind, const char *names)
{
	const char *at = strstr(names, kind);
	size_t length = strlen(kind);

	return at != NULL && (at == names || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0');
}

static long argument(struct worker *self, const char *kind)
{
	if (fits(kind, "Fd FdOrNone"))
		return descriptor(self);
	if (fits(kind, "Signal"))
		return signal_number(self);
	if (fits(kind, "Path PathOrNone"))
		return path(self);
	if (fits(kind, "IovecsIn IovecsOut"))
		return vectors(self);
	if (fits(kind, "TimespecIn"))
		return one_in(self, 4) ? bad_address(self) : short_time(self);
	if (fits(kind, "SigactionIn"))
		return action(self);
	if (fits(kind, "SigsetIn StackIn"))
		return one_in(self, 4) ? bad_address(self) : (long)self->scratch;
	if (fits(kind, "Signed Unsigned Octal Whence Clock ClockFlags Resource RusageWho SignalHow"))
		return one_in(self, 3) ? (long)below(self, 16) : number(self);
	if (fits(kind, "Hex Protection MapFlags RemapFlags Advice OpenFlags CloneFlags RandomFlags FcntlCommand IoctlRequest FutexOperation "
		       "ArchCode PrctlOption"))
		return one_in(self, 2) ? (long)below(self, 32) : flags(self);
	/* Every other kind is memory. */
	return address(self);
}

/* Calls that map and unmap stay inside the arena. */
static void keep_in_arena(struct worker *self, long *address, long *bytes)
{
	uintptr_t start = below(self, ARENA_BYTES / PAGE) * (uintptr_t)PAGE;

	*address = (long)(arena + start + (one_in(self, 16) ? below(self, PAGE) : 0));
	*bytes = (long)below(self, (uint32_t)(ARENA_BYTES - start - PAGE + 1) / (one_in(self, 2) ? 1 : 16) + 1);
}

static void tame_memory(struct worker *self, const struct call *call, long *values)
{
	if (is_named(call, "mmap")) {
		if ((values[3] & (MAP_FIXED | MAP_FIXED_NOREPLACE)) != 0)
			keep_in_arena(self, &values[0], &values[1]);
		if (values[1] > ARENA_BYTES || values[1] < 0)
			values[3] &= ~(MAP_POPULATE | MAP_LOCKED);
	} else if (is_named(call, "mremap")) {
		long ignored;
		keep_in_arena(self, &values[0], &values[1]);
		keep_in_arena(self, &values[4], &ignored);
		values[2] = (values[3] & MREMAP_FIXED) != 0 ? ignored : (long)below(self, ARENA_BYTES);
	} else if (is_named(call, "munmap mprotect pkey_mprotect madvise msync mlock mlock2 munlock mincore remap_file_pages")) {
		keep_in_arena(self, &values[0], &values[1]);
	} else if (is_named(call, "brk")) {
		values[0] = one_in(self, 4) ? bad_address(self) : (long)(first_break + below(self, 1 << 18));
		/* The C library's own heap, if any, lies below. */
		values[0] = (uintptr_t)values[0] < first_break ? 0 : values[0];
	}
}

static void tame_signals(struct worker *self, const struct call *call, long *values)
{
	if (is_named(call, "kill tkill rt_sigqueueinfo pidfd_send_signal"))
		values[1] = signal_number(self);
	if (is_named(call, "tgkill rt_tgsigqueueinfo"))
		values[2] = signal_number(self);
	/* The handler's stack must be one. */
	if (is_named(call, "sigaltstack"))
		values[0] = bad_address(self);
	/* Masks that hold while the call waits. */
	if (is_named(call, "ppoll pselect6 epoll_pwait epoll_pwait2"))
		for (int index = 0; index < 6; index++)
			if ((char *)values[index] >= arena - GUARD_BYTES && (char *)values[index] < arena + ARENA_BYTES)
				values[index] = (long)self->scratch;
	if (is_named(call, "io_pgetevents"))
		values[5] = one_in(self, 2) ? bad_address(self) : 0;
	if (is_named(call, "timer_create mq_notify")) {
		memset(self->scratch, 0, 64);
		((struct sigevent *)self->scratch)->sigev_signo = SIGUSR1;
		values[1] = one_in(self, 4) ? bad_address(self) : (long)self->scratch;
	}
	if (is_named(call, "setitimer"))
		values[1] = short_time(self);
}

static void tame(struct worker *self, const struct call *call, long *values)
{
	tame_memory(self, call, values);
	tame_signals(self, call, values);
	/* CLONE_VM makes a thread, which would run on what it is given. */
	if (is_named(call, "clone"))
		values[0] &= ~0x100;
	if (is_named(call, "clone3")) {
		memset(self->scratch, 0, 128);
		values[0] = one_in(self, 2) ? bad_address(self) : (long)self->scratch;
	}
	if (is_named(call, "futex") && ((values[1] & 127) == 0 || (values[1] & 127) >= 6))
		values[3] = short_time(self);
	if (is_named(call, "arch_prctl") && (values[0] & ~3) == 0x1000)
		values[0] = 0x1003;
	if (is_named(call, "prctl") && values[0] == 22)
		values[0] = 15;
	if (is_named(call, "close_range"))
		values[0] = 3 + below(self, LAST_FUZZED_FD), values[1] = values[0] + below(self, 8);
	/* The fuzzer's own file may be what is executed: with arguments that cannot be read (NULL would be none) it is not replaced. */
	if (is_named(call, "execve"))
		values[1] = bad_address(self) | 1;
	if (is_named(call, "execveat"))
		values[2] = bad_address(self) | 1;
	/* The descriptor that the result is written to. */
	if (is_named(call, "dup2 dup3") && (int)values[1] == OUTPUT_FD)
		values[1] = 9;
}

static int is_left_out(const struct call *call)
{
	return is_named(call, "exit exit_group rt_sigreturn seccomp reboot ptrace userfaultfd");
}

static void open_descriptors(void)
{
	int ends[2];

	(void)!pipe(ends);
	(void)!pipe2(ends, O_NONBLOCK);
	(void)eventfd(3, 0);
	(void)epoll_create1(0);
	(void)open("/dev/null", O_RDWR);
	(void)open("/dev/zero", O_RDWR);
	(void)open("/tmp", O_RDONLY | O_DIRECTORY);
	(void)open("/tmp/a", O_RDWR | O_CREAT, 0600);
	(void)open("/proc/self/status", O_RDONLY);
	(void)syscall(SYS_mq_open, "queue", O_RDWR | O_CREAT, 0600, NULL);
	(void)syscall(SYS_pidfd_open, getpid(), 0);
	for (int fd = LAST_FUZZED_FD; fd < OUTPUT_FD; fd++)
		close(fd);
}

static void refresh(struct worker *self)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_UNBLOCK, &all, NULL);
	if (self == workers) {
		(void)mmap(arena, ARENA_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		open_descriptors();
	}
}

static void call_once(struct worker *self)
{
	const struct call *call = &calls[below(self, (uint32_t)call_count)];
	long values[6] = { 0 };

	if (is_left_out(call))
		return;
	fill_scratch(self);
	for (int index = 0; index < call->kind_count; index++)
		values[index] = argument(self, call->kinds[index]);
	tame(self, call, values);
	self->last[0] = call->number;
	for (int index = 0; index < 6; index++)
		self->last[index + 1] = values[index];
	long result = syscall(call->number, values[0], values[1], values[2], values[3], values[4], values[5]);
	int is_outside = (char *)result < arena || (char *)result >= arena + ARENA_BYTES;
	if (is_named(call, "mmap") && result != -1 && is_outside)
		syscall(SYS_munmap, result, values[1]);
	if (is_named(call, "mremap") && result != -1 && is_outside)
		syscall(SYS_munmap, result, values[2]);
	if (is_named(call, "rt_sigprocmask"))
		refresh(self == workers ? &workers[1] : self);
}

static void *work(void *argument)
{
	struct worker *self = argument;

	atomic_store(&self->tid, (int)syscall(SYS_gettid));
	for (unsigned long count = 0; count < calls_per_worker; count++) {
		if (count % REFRESH_CALLS == 0)
			refresh(self);
		call_once(self);
		atomic_fetch_add(&self->done, 1);
	}
	atomic_store(&self->tid, 0);
	atomic_fetch_add(&ended, 1);
	/* Not the C library's end of a thread: the robust list and the word to clear are random by now, which the kernel must bear. */
	syscall(SYS_exit, 0);
	return NULL;
}

static void ignore(int number)
{
	(void)number;
}

static void watch(void)
{
	unsigned long seen[WORKERS] = { 0 };

	while (atomic_load(&ended) < WORKERS) {
		struct timespec pause = { 0, STUCK_MS * 1000000 };
		nanosleep(&pause, NULL);
		for (int index = 0; index < WORKERS; index++) {
			unsigned long done = atomic_load(&workers[index].done);
			int tid = atomic_load(&workers[index].tid);
			if (done == seen[index] && tid != 0)
				syscall(SYS_tgkill, getpid(), tid, WAKE_SIGNAL);
			seen[index] = done;
		}
	}
}

static char *reserve(size_t bytes)
{
	char *start = mmap(NULL, bytes + 2 * GUARD_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (start == MAP_FAILED || mprotect(start + GUARD_BYTES, bytes, PROT_READ | PROT_WRITE) != 0) {
		perror("reserve");
		exit(1);
	}
	return start + GUARD_BYTES;
}

static void read_table(void)
{
	char line[256];

	while (call_count < MOST_CALLS_KNOWN && fgets(line, sizeof line, stdin) != NULL) {
		struct call *call = &calls[call_count];
		int words = sscanf(line, "%d %31s %19s %19s %19s %19s %19s %19s", &call->number, call->name, call->kinds[0], call->kinds[1],
				   call->kinds[2], call->kinds[3], call->kinds[4], call->kinds[5]);
		call->kind_count = words - 2;
		call_count += words >= 2;
	}
}

static void prepare(void)
{
	struct sigaction wake = { .sa_handler = ignore };

	arena = reserve(ARENA_BYTES);
	first_break = (uintptr_t)syscall(SYS_brk, 0);
	for (int number = 1; number < 65; number++)
		if (is_sendable(number))
			sigaction(number, &wake, NULL);
	sigaction(WAKE_SIGNAL, &wake, NULL);
	syscall(SYS_rt_sigaction, SIGUSR1, NULL, &raw_action, 8);
	dup2(1, OUTPUT_FD);
	open_descriptors();
	for (int fd = 0; fd < 3; fd++)
		dup2(3, fd);
}

int main(int argc, char **argv)
{
	struct utsname name;
	pthread_t thread;
	unsigned long total = 0;

	if (argc != 3 || uname(&name) != 0 || strstr(name.version, "HermitCore") == NULL) {
		fprintf(stderr, "usage, only in a guest: %s SEED CALLS < TABLE\n", argv[0]);
		return 2;
	}
	seed = strtoull(argv[1], NULL, 0);
	calls_per_worker = strtoul(argv[2], NULL, 0);
	read_table();
	prepare();
	for (int index = 0; index < WORKERS; index++) {
		workers[index].scratch = reserve(SCRATCH_BYTES);
		workers[index].random = (seed * WORKERS + (uint64_t)index) * 0x9e3779b97f4a7c15u + 1;
		if (pthread_create(&thread, NULL, work, &workers[index]) != 0)
			return 1;
	}
	watch();
	for (int index = 0; index < WORKERS; index++)
		total += atomic_load(&workers[index].done);
	dprintf(OUTPUT_FD, "%lu calls of %d kinds: the kernel bears it\n", total, call_count);
	_exit(OWN_STATUS);
}
