/*
 * A library for LD_PRELOAD that lets stress-ng run where there is one process: its fork() makes none.
 *
 * The first fork() returns 0: the process goes on as the child that runs the stressor, and ends with the stressor's status. What a
 * stressor forks itself becomes a thread with a copy of the stack, which is enough for a child that works on shared memory and
 * descriptors while its parent waits for it, or works with it and kills it in the end. Descriptors are counted, so that each side
 * closes its own. Other memory is shared, which fork() would have copied: so a stressor must pass on Linux with this library before
 * it says anything about a guest. What asks for more than this can give ends with status 98 and says so.
 *
 * No signal leaves the process: stressors that could not fork have been seen to kill process -1.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MOST_CHILDREN 1024
#define MOST_DESCRIPTORS 1024
#define STACK_BYTES (1 << 20)
/* Of the stack, at a fork: no stressor has frames as large as that. */
#define MOST_COPIED (512 << 10)
#define STATUS_UNFIT 98
/* Ends the child that gets it. */
#define END_SIGNAL (SIGRTMAX - 1)

/* What a function preserves for its caller, in the order of the assembly below. */
struct frame {
	uint64_t saved[6], rsp, rip;
};

struct child {
	struct frame frame;
	pthread_t thread;
	_Atomic pid_t tid;
	atomic_int has_started, has_ended, is_collected, wanted_signal;
	int status;
	char *stack_end;
	uint64_t descriptors[MOST_DESCRIPTORS / 64];
};

static struct child children[MOST_CHILDREN];
static atomic_int child_count, living, end_count, has_become_child;
static atomic_int holders[MOST_DESCRIPTORS];
/* Closed by the parent while a child has them: to close one once more is an error, and not the child's loss. */
static _Atomic uint64_t given_up[MOST_DESCRIPTORS / 64];
static char *main_stack_end;
static pid_t main_tid;
static __thread struct child *self;

__asm__(".globl fork, vfork\n"
	"fork:\nvfork:\n"
	"mov (%rsp), %rax\n"
	"lea 8(%rsp), %rcx\n"
	"push %rax\npush %rcx\n"
	"push %r15\npush %r14\npush %r13\npush %r12\npush %rbp\npush %rbx\n"
	"mov %rsp, %rdi\n"
	"sub $8, %rsp\n"
	"call fork_from\n"
	"add $72, %rsp\n"
	"ret\n"
	"return_as_child:\n"
	"mov (%rdi), %rbx\nmov 8(%rdi), %rbp\nmov 16(%rdi), %r12\n"
	"mov 24(%rdi), %r13\nmov 32(%rdi), %r14\nmov 40(%rdi), %r15\n"
	"mov 48(%rdi), %rsp\n"
	"mov 56(%rdi), %rdx\n"
	"xor %eax, %eax\n"
	"jmp *%rdx\n");

_Noreturn void return_as_child(const struct frame *frame);

static _Noreturn void unfit(const char *why)
{
	char text[128];
	int length = snprintf(text, sizeof text, "fork-in-place: %s\n", why);

	(void)!write(STDERR_FILENO, text, (size_t)length);
	syscall(SYS_exit_group, STATUS_UNFIT);
	__builtin_unreachable();
}

__attribute__((constructor)) static void begin(int argc, char **argv)
{
	(void)argc;
	main_stack_end = (char *)argv;
	main_tid = (pid_t)syscall(SYS_gettid);
}

static void futex_wait(atomic_int *word, int expected)
{
	syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, NULL, NULL, 0);
}

static void futex_wake(atomic_int *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT32_MAX, NULL, NULL, 0);
}

/* Descriptors: `holders` counts those beyond the first who have one open. */

static void hold_descriptors(struct child *child)
{
	for (int fd = 0; fd < MOST_DESCRIPTORS; fd++) {
		if (fcntl(fd, F_GETFD) >= 0) {
			child->descriptors[fd / 64] |= 1ull << (fd % 64);
			atomic_fetch_add(&holders[fd], 1);
		}
	}
}

int close(int fd)
{
	if (fd >= 0 && fd < MOST_DESCRIPTORS) {
		uint64_t bit = 1ull << (fd % 64);
		int others = holders[fd];

		if (self) {
			self->descriptors[fd / 64] &= ~bit;
		} else if (given_up[fd / 64] & bit) {
			errno = EBADF;
			return -1;
		} else {
			given_up[fd / 64] |= bit;
		}
		while (others > 0)
			if (atomic_compare_exchange_weak(&holders[fd], &others, others - 1))
				return 0;
		given_up[fd / 64] &= ~bit;
	}
	return (int)syscall(SYS_close, fd);
}

static void give_up_descriptors(void)
{
	for (int fd = 0; fd < MOST_DESCRIPTORS; fd++)
		if (self->descriptors[fd / 64] >> (fd % 64) & 1)
			close(fd);
}

static void tell_parent(void)
{
	struct sigaction action;

	if (sigaction(SIGCHLD, NULL, &action) == 0 && action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN)
		syscall(SYS_tgkill, syscall(SYS_getpid), main_tid, SIGCHLD);
}

/* Not pthread_exit, which unwinds frames that are another function's. Whoever collects the child joins the thread. */
static _Noreturn void end_child(int status)
{
	struct child *child = self;

	child->status = status;
	give_up_descriptors();
	living--;
	child->has_ended = 1;
	end_count++;
	futex_wake(&end_count);
	tell_parent();
	for (;;)
		syscall(SYS_exit, 0);
}

static void on_end_signal(int number)
{
	(void)number;
	if (self && !self->has_ended)
		end_child(self->wanted_signal);
}

/* A word of the parent's stack that points into it points into the copy in the child's. */
static void move_pointers(uint64_t *words, size_t count, uint64_t begin_at, uint64_t end_at, uint64_t by)
{
	for (size_t i = 0; i < count; i++)
		if (words[i] >= begin_at && words[i] < end_at)
			words[i] += by;
}

__attribute__((noinline)) static void *child_main(void *argument)
{
	struct child *child = argument;
	struct frame frame = child->frame;
	uint64_t from = frame.rsp, end_at = (uint64_t)child->stack_end;
	size_t bytes = end_at - from;
	/* Aligned as the original is; below it is room for whatever this function still calls. */
	char *room = __builtin_alloca(bytes + 256);
	uint64_t to = (((uint64_t)room + 127) & ~127ull) + (from & 127);

	self = child;
	memcpy((void *)to, (const void *)from, bytes);
	move_pointers((uint64_t *)to, bytes / 8, from, end_at, to - from);
	move_pointers(frame.saved, 6, from, end_at, to - from);
	frame.rsp = to;
	child->stack_end = (char *)to + bytes;
	child->tid = (pid_t)syscall(SYS_gettid);
	child->has_started = 1;
	futex_wake(&child->has_started);
	return_as_child(&frame);
}

static struct child *new_child(void)
{
	struct sigaction action = {.sa_handler = on_end_signal};
	int index = child_count++;

	if (index >= MOST_CHILDREN)
		unfit("more children than this library has room for");
	sigaction(END_SIGNAL, &action, NULL);
	return &children[index];
}

__attribute__((used)) pid_t fork_from(const struct frame *frame)
{
	char *stack_end = self ? self->stack_end : main_stack_end;

	if (!atomic_exchange(&has_become_child, 1))
		return 0;
	if (!self && syscall(SYS_gettid) != main_tid)
		unfit("a thread forks");
	if ((uint64_t)stack_end - frame->rsp > MOST_COPIED)
		unfit("the stack is too large to be copied");
	struct child *child = new_child();
	pthread_attr_t attributes;

	child->frame = *frame;
	child->stack_end = stack_end;
	hold_descriptors(child);
	living++;
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_BYTES + MOST_COPIED);
	if (pthread_create(&child->thread, &attributes, child_main, child) != 0)
		unfit("a thread could not be made");
	while (!child->has_started)
		futex_wait(&child->has_started, 0);
	return child->tid;
}

void _exit(int status)
{
	if (self)
		end_child((status & 0xff) << 8);
	if (living > 0)
		unfit("the parent ends before its children");
	syscall(SYS_exit_group, status);
	__builtin_unreachable();
}

pid_t getpid(void)
{
	return self ? self->tid : (pid_t)syscall(SYS_getpid);
}

pid_t getppid(void)
{
	return (pid_t)syscall(self ? SYS_getpid : SYS_getppid);
}

int setpgid(pid_t pid, pid_t group)
{
	(void)pid, (void)group;
	return 0;
}

static struct child *find_child(pid_t pid)
{
	int count = child_count;

	for (int i = 0; i < count && i < MOST_CHILDREN; i++)
		if (children[i].tid == pid && !children[i].is_collected)
			return &children[i];
	return NULL;
}

static int is_deadly(int number)
{
	struct sigaction action;

	if (number == SIGKILL)
		return 1;
	if (number == SIGCHLD || number == SIGCONT || number == SIGURG || number == SIGWINCH)
		return 0;
	return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_DFL;
}

int kill(pid_t pid, int number)
{
	pid_t own = (pid_t)syscall(SYS_getpid);
	struct child *child = find_child(pid);

	if (child == NULL && pid != own) {
		errno = ESRCH;
		return -1;
	}
	if (child == NULL)
		return (int)syscall(SYS_tgkill, own, main_tid, number);
	if (number == SIGSTOP || number == SIGCONT)
		unfit("a child is to stop");
	if (number == 0 || child->has_ended)
		return 0;
	if (is_deadly(number)) {
		child->wanted_signal = number;
		number = END_SIGNAL;
	}
	return (int)syscall(SYS_tgkill, own, child->tid, number);
}

int sigqueue(pid_t pid, int number, const union sigval value)
{
	siginfo_t info = {.si_signo = number, .si_code = SI_QUEUE};
	pid_t own = (pid_t)syscall(SYS_getpid);
	struct child *child = find_child(pid);

	if (child == NULL && pid != own) {
		errno = ESRCH;
		return -1;
	}
	info.si_pid = own;
	info.si_uid = getuid();
	info.si_value = value;
	return (int)syscall(SYS_rt_tgsigqueueinfo, own, child ? child->tid : main_tid, number, &info);
}

int clone(int (*function)(void *), void *stack, int flags, void *argument, ...)
{
	(void)function, (void)stack, (void)flags, (void)argument;
	unfit("clone");
}

/* The C library takes a lock here; a child that is killed while it has it would leave it locked to all others. */
static void join_thread(pthread_t thread)
{
	sigset_t end, before;

	sigemptyset(&end);
	sigaddset(&end, END_SIGNAL);
	pthread_sigmask(SIG_BLOCK, &end, &before);
	pthread_join(thread, NULL);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static struct child *ended_child(pid_t pid, int *is_any)
{
	int count = child_count;

	*is_any = 0;
	for (int i = 0; i < count && i < MOST_CHILDREN; i++) {
		struct child *child = &children[i];

		if (child->is_collected || &children[i] == self || (pid > 0 && child->tid != pid))
			continue;
		*is_any = 1;
		if (child->has_ended && !atomic_exchange(&child->is_collected, 1))
			return child;
	}
	return NULL;
}

pid_t wait4(pid_t pid, int *status, int options, struct rusage *usage)
{
	for (;;) {
		int seen = end_count, is_any;
		struct child *child = ended_child(pid, &is_any);

		if (child != NULL) {
			join_thread(child->thread);
			if (status)
				*status = child->status;
			if (usage)
				getrusage(RUSAGE_THREAD, usage);
			return child->tid;
		}
		if (!is_any) {
			errno = ECHILD;
			return -1;
		}
		if (options & WNOHANG)
			return 0;
		errno = 0;
		futex_wait(&end_count, seen);
		if (errno == EINTR)
			return -1;
	}
}

pid_t waitpid(pid_t pid, int *status, int options)
{
	return wait4(pid, status, options, NULL);
}

pid_t wait(int *status)
{
	return wait4(-1, status, 0, NULL);
}
