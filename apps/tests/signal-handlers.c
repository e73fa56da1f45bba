/*
 * Handlers: what they are told, which signals wait meanwhile, what queues and what does not, and actions that change themselves.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

static volatile int calls, last_signal, last_code, last_value, last_pid, depth, deepest;
static volatile int order[64];
static volatile unsigned long mask_inside;

static unsigned long current_mask(void)
{
	unsigned long set = 0;

	syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &set, 8);
	return set;
}

static void note(int signal, siginfo_t *info, void *context)
{
	(void)context;
	if (calls < 64)
		order[calls] = signal;
	calls++;
	last_signal = signal;
	last_code = info->si_code;
	last_value = info->si_value.sival_int;
	last_pid = info->si_pid;
	mask_inside = current_mask();
}

static void nest(int signal)
{
	if (++depth > deepest)
		deepest = depth;
	if (signal == SIGUSR1 && depth == 1 && calls == 0) {
		calls = -100;
		raise(SIGUSR1);
		raise(SIGUSR2);
		calls += 100;
	}
	depth--;
	calls++;
}

static void set_action(int signal, void (*handler)(int, siginfo_t *, void *), int flags)
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_sigaction = handler;
	action.sa_flags = flags | SA_SIGINFO;
	sigaction(signal, &action, NULL);
}

static sigset_t set_of(int first, int second)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, first);
	if (second)
		sigaddset(&set, second);
	return set;
}

static void what_is_told(void)
{
	union sigval value = { .sival_int = 1234 };

	set_action(SIGUSR1, note, 0);
	CHECK_EQ(raise(SIGUSR1), 0);
	CHECK_EQ(last_signal, SIGUSR1);
	CHECK_EQ(last_code, SI_TKILL);
	CHECK_EQ(last_pid, getpid());
	CHECK_EQ(mask_inside, 1UL << (SIGUSR1 - 1));
	CHECK_EQ(kill(getpid(), SIGUSR1), 0);
	CHECK_EQ(last_code, SI_USER);
	CHECK_EQ(sigqueue(getpid(), SIGUSR1, value), 0);
	CHECK_EQ(last_code, SI_QUEUE);
	CHECK_EQ(last_value, 1234);
	CHECK_EQ(calls, 3);
	CHECK_EQ(current_mask(), 0);
}

static void what_waits(void)
{
	sigset_t set = set_of(SIGUSR1, SIGUSR2), pending;

	set_action(SIGUSR2, note, 0);
	calls = 0;
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGUSR2);
	raise(SIGUSR1);
	raise(SIGUSR1);
	CHECK_EQ(calls, 0);
	sigpending(&pending);
	CHECK(sigismember(&pending, SIGUSR1) && sigismember(&pending, SIGUSR2) && !sigismember(&pending, SIGHUP));
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	/* A standard signal that is pending is not counted again; handlers nest, so the lower number, entered first, ends last. */
	CHECK_EQ(calls, 2);
	CHECK_EQ(order[0], SIGUSR2);
	CHECK_EQ(order[1], SIGUSR1);
	sigpending(&pending);
	CHECK(!sigismember(&pending, SIGUSR1));

	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGUSR1);
	signal(SIGUSR1, SIG_IGN);
	set_action(SIGUSR1, note, 0);
	calls = 0;
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	CHECK_EQ(calls, 0);
}

static void what_queues(void)
{
	sigset_t set = set_of(SIGRTMIN, SIGRTMIN + 1);
	struct rlimit limit;
	union sigval value;
	siginfo_t info;

	set_action(SIGRTMIN, note, 0);
	set_action(SIGRTMIN + 1, note, 0);
	sigprocmask(SIG_BLOCK, &set, NULL);
	for (int i = 0; i < 5; i++) {
		value.sival_int = i;
		CHECK_EQ(sigqueue(getpid(), SIGRTMIN + 1, value), 0);
	}
	value.sival_int = 99;
	CHECK_EQ(sigqueue(getpid(), SIGRTMIN, value), 0);
	/* The lowest number first, and within a number in the order in which they were sent. */
	CHECK_EQ(sigwaitinfo(&set, &info), SIGRTMIN);
	CHECK_EQ(info.si_value.sival_int, 99);
	for (int i = 0; i < 5; i++) {
		CHECK_EQ(sigwaitinfo(&set, &info), SIGRTMIN + 1);
		CHECK_EQ(info.si_value.sival_int, i);
	}
	struct timespec soon = { 0, 1000000 };
	CHECK_EQ(sigtimedwait(&set, &info, &soon), -1);
	CHECK_EQ(errno, EAGAIN);

	getrlimit(RLIMIT_SIGPENDING, &limit);
	CHECK(limit.rlim_cur >= 64);
	limit.rlim_cur = 3;
	CHECK_EQ(setrlimit(RLIMIT_SIGPENDING, &limit), 0);
	int sent = 0;
	while (sent < 10 && sigqueue(getpid(), SIGRTMIN, value) == 0)
		sent++;
	CHECK_EQ(errno, EAGAIN);
	CHECK(sent <= 3);
	calls = 0;
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	CHECK_EQ(calls, sent);
}

static void what_nests(void)
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_handler = nest;
	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGUSR2, &action, NULL);
	calls = 0;
	raise(SIGUSR1);
	/* USR1 waits for its own handler's end, USR2 runs inside of it. */
	CHECK_EQ(deepest, 2);
	CHECK_EQ(calls, 3);
	action.sa_mask = set_of(SIGUSR2, 0);
	sigaction(SIGUSR1, &action, NULL);
	calls = deepest = 0;
	raise(SIGUSR1);
	CHECK_EQ(deepest, 1);
	CHECK_EQ(calls, 3);
	action.sa_flags = SA_NODEFER;
	sigemptyset(&action.sa_mask);
	sigaction(SIGUSR1, &action, NULL);
	calls = deepest = 0;
	raise(SIGUSR1);
	CHECK_EQ(deepest, 2);
	CHECK_EQ(calls, 3);

	set_action(SIGUSR1, note, SA_RESETHAND);
	raise(SIGUSR1);
	sigaction(SIGUSR1, NULL, &action);
	CHECK(action.sa_handler == SIG_DFL);
}

static void what_is_refused(void)
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	CHECK(sigaction(SIGKILL, &action, NULL) == -1 && errno == EINVAL);
	CHECK(syscall(SYS_rt_sigaction, 65, NULL, NULL, 8) == -1 && errno == EINVAL);
	CHECK(syscall(SYS_rt_sigaction, SIGUSR1, NULL, NULL, 16) == -1 && errno == EINVAL);
	CHECK(kill(getpid(), 65) == -1 && errno == EINVAL);
	CHECK_EQ(kill(getpid(), 0), 0);
	CHECK(syscall(SYS_tgkill, getpid(), 0x3fffffff, 0) == -1 && errno == ESRCH);
	CHECK(syscall(SYS_tkill, 0, 0) == -1 && errno == EINVAL);
	CHECK(syscall(SYS_rt_sigprocmask, 7, &action, NULL, 8) == -1 && errno == EINVAL);
	CHECK(syscall(SYS_rt_sigqueueinfo, getpid(), SIGUSR2, 8) == -1 && errno == EFAULT);
}

static void what_suspends(void)
{
	sigset_t set = set_of(SIGUSR1, 0), none, before;

	set_action(SIGUSR1, note, SA_RESTART);
	sigemptyset(&none);
	sigprocmask(SIG_BLOCK, &set, &before);
	raise(SIGUSR1);
	calls = 0;
	CHECK_EQ(sigsuspend(&none), -1);
	CHECK_EQ(errno, EINTR);
	CHECK_EQ(calls, 1);
	CHECK_EQ(current_mask(), 1UL << (SIGUSR1 - 1));
	sigprocmask(SIG_SETMASK, &before, NULL);
}

int main(void)
{
	what_is_told();
	what_waits();
	what_nests();
	what_suspends();
	what_is_refused();
	what_queues();
	return check_done("signal-handlers");
}
