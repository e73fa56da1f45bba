/*
 * Threads, their priorities and signals. sys_clone makes a POSIX thread, because only the C library can set up what its own
 * functions need in a new thread (thread-local storage, errno, stdio locks); the tid is the kernel's, so sys_kill can name it.
 */
#include "internal.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#define LOWEST_PRIO 1
/* Priorities become nice values, which Linux keeps for each thread: 8 is 0, each step up or down one, and -20 is the end. */
#define LOWEST_NICE (-20)

struct start {
	int (*entry)(void *);
	void *argument;
	/* 0 until the thread runs; the creator sleeps on it. */
	tid_t tid;
};

static int nice_of(int priority)
{
	int nice = NORMAL_PRIO - priority;

	return nice < LOWEST_NICE ? LOWEST_NICE : nice;
}

tid_t sys_getpid(void)
{
	static __thread tid_t tid;

	if (tid == 0)
		tid = (tid_t)syscall(SYS_gettid);
	return tid;
}

static void *run_thread(void *pointer)
{
	struct start *start = pointer;
	int (*entry)(void *) = start->entry;
	void *argument = start->argument;

	/* From the store on the creator may take `start` off its stack; the wake-up needs its address only. */
	__atomic_store_n(&start->tid, sys_getpid(), __ATOMIC_RELEASE);
	syscall(SYS_futex, &start->tid, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
	entry(argument);
	return NULL;
}

int sys_clone(tid_t *id, void *entry, void *argument)
{
	struct start start = {(int (*)(void *))entry, argument, 0};
	pthread_t thread;
	int problem;

	if (entry == NULL)
		return -EINVAL;
	problem = pthread_create(&thread, NULL, run_thread, &start);
	if (problem != 0)
		return -problem;
	pthread_detach(thread);
	while (__atomic_load_n(&start.tid, __ATOMIC_ACQUIRE) == 0)
		syscall(SYS_futex, &start.tid, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
	if (id != NULL)
		*id = start.tid;
	return 0;
}

void sys_yield(void)
{
	sched_yield();
}

int sys_getprio(tid_t *id)
{
	long answer = syscall(SYS_getpriority, 0, id == NULL ? 0 : *id);

	/* The system call answers 20 minus the nice value, so that it never looks like an error. */
	return answer < 0 ? -errno : NORMAL_PRIO - (20 - (int)answer);
}

int sys_setprio(tid_t *id, int priority)
{
	if (priority < LOWEST_PRIO || priority > REALTIME_PRIO)
		return -EINVAL;
	return (int)result_of(syscall(SYS_setpriority, 0, id == NULL ? 0 : *id, nice_of(priority)));
}

/* The handler of the thread that a signal arrives in. */
static __thread signal_handler_t *thread_handler;

static void deliver(int number)
{
	char text[80];
	int length;

	if (thread_handler != NULL) {
		thread_handler(number);
		return;
	}
	length = snprintf(text, sizeof(text), "Caught unhandled signal %d, terminating\n", number);
	if (length > 0)
		(void)!write(STDERR_FILENO, text, (size_t)length);
	_exit(128 + number);
}

/* Signals that report a fault of the instruction itself keep their meaning. */
static int is_deliverable(int number)
{
	return number != SIGKILL && number != SIGSTOP && number != SIGSEGV && number != SIGBUS && number != SIGILL &&
	       number != SIGFPE && number != SIGTRAP && number != SIGCHLD && number != SIGCONT && number != SIGTSTP;
}

int sys_signal(signal_handler_t *handler)
{
	struct sigaction action = {0};

	thread_handler = handler;
	action.sa_handler = deliver;
	action.sa_flags = SA_RESTART;
	for (int number = 1; number < 32; number++)
		if (is_deliverable(number) && sigaction(number, &action, NULL) != 0)
			return -errno;
	return 0;
}

int sys_kill(tid_t id, int number)
{
	if (syscall(SYS_tgkill, getpid(), id, number) == 0)
		return 0;
	return errno == ESRCH ? -ENOENT : -errno;
}

void sys_exit(int status)
{
	exit(status);
}

int sys_fork(void)
{
	return -ENOSYS;
}

int sys_wait(int *status)
{
	(void)status;
	return -ENOSYS;
}

int sys_execve(const char *name, char *const *argv, char *const *env)
{
	execve(name, argv, env);
	return -errno;
}
