/* Descriptors of the process itself (pidfd_open): never ready, signals through them, copies of descriptors; and kcmp, which compares them. */
#include "differ.h"
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/wait.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#define PIDFD_SEND_SIGNAL 424
#define PIDFD_GETFD 438
#define NO_PROCESS 0x3fffff

static int pidfd;

static void opening(void)
{
	CALL(fcntl(pidfd, F_GETFD));
	printf("flags %o\n", fcntl(pidfd, F_GETFL));
	CALL(syscall(SYS_pidfd_open, NO_PROCESS, 0));
	CALL(syscall(SYS_pidfd_open, 0, 0));
	CALL(syscall(SYS_pidfd_open, -1, 0));
	CALL(syscall(SYS_pidfd_open, getpid(), 1));
}

static void waiting(void)
{
	struct pollfd one = {pidfd, POLLIN | POLLOUT, 0};
	struct epoll_event event = {.events = EPOLLIN};
	int epoll = epoll_create1(0);
	char byte;

	CALL(poll(&one, 1, 0));
	CALL(epoll_ctl(epoll, EPOLL_CTL_ADD, pidfd, &event));
	CALL(epoll_wait(epoll, &event, 1, 1));
	CALL(read(pidfd, &byte, 1));
	CALL(write(pidfd, &byte, 1));
	CALL(waitid(3, pidfd, NULL, WEXITED));
	CALL(waitid(3, epoll, NULL, WEXITED));
	close(epoll);
}

static void signals(void)
{
	struct timespec none = {0, 0};
	siginfo_t info = {.si_signo = SIGUSR2, .si_code = SI_QUEUE, .si_value.sival_int = 5}, got;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	CALL(syscall(PIDFD_SEND_SIGNAL, pidfd, 0, NULL, 0));
	CALL(syscall(PIDFD_SEND_SIGNAL, pidfd, SIGUSR1, NULL, 0));
	CALL(sigtimedwait(&set, &got, &none));
	printf("code %d, own %d\n", got.si_code, got.si_pid == getpid() && got.si_uid == getuid());
	CALL(syscall(PIDFD_SEND_SIGNAL, pidfd, SIGUSR2, &info, 0));
	CALL(sigtimedwait(&set, &got, &none));
	printf("code %d, value %d\n", got.si_code, got.si_value.sival_int);
	CALL(syscall(PIDFD_SEND_SIGNAL, pidfd, SIGUSR1, &info, 0));
	CALL(syscall(PIDFD_SEND_SIGNAL, pidfd, SIGUSR1, (void *)8, 0));
	CALL(syscall(PIDFD_SEND_SIGNAL, pidfd, 65, NULL, 0));
	CALL(syscall(PIDFD_SEND_SIGNAL, pidfd, 0, NULL, 64));
	CALL(syscall(PIDFD_SEND_SIGNAL, 0, 0, NULL, 0));
	CALL(syscall(PIDFD_SEND_SIGNAL, -1, 0, NULL, 0));

	char name[32];
	int folder = open("/proc/self", O_DIRECTORY), other = open("/proc/self/task", O_DIRECTORY);
	snprintf(name, sizeof name, "/proc/%d", getpid());
	int same = open(name, O_DIRECTORY);
	NEED(folder >= 0 && other >= 0 && same >= 0);
	CALL(syscall(PIDFD_SEND_SIGNAL, folder, SIGUSR1, NULL, 0));
	CALL(syscall(PIDFD_SEND_SIGNAL, same, 0, NULL, 0));
	CALL(syscall(PIDFD_SEND_SIGNAL, other, 0, NULL, 0));
	CALL(syscall(PIDFD_GETFD, folder, 0, 0));
}

static void copies(void)
{
	int ends[2], copy, other;
	pid_t self = getpid();

	NEED(pipe(ends) == 0);
	NEED((copy = syscall(PIDFD_GETFD, pidfd, ends[0], 0)) >= 0);
	NEED((other = open("/dev/null", O_RDONLY)) >= 0);
	CALL(fcntl(copy, F_GETFD));
	CALL(syscall(PIDFD_GETFD, pidfd, 999, 0));
	CALL(syscall(PIDFD_GETFD, pidfd, ends[0], 1));
	CALL(syscall(PIDFD_GETFD, ends[0], ends[0], 0));
	CALL(syscall(PIDFD_GETFD, -1, ends[0], 0));
	CALL(syscall(SYS_kcmp, self, self, 0, ends[0], copy));
	HOLDS(syscall(SYS_kcmp, self, self, 0, ends[0], other) == 3 - syscall(SYS_kcmp, self, self, 0, other, ends[0]));
	CALL(syscall(SYS_kcmp, self, self, 0, ends[0], 999));
	CALL(syscall(SYS_kcmp, self, NO_PROCESS, 0, ends[0], copy));
	for (int what = 1; what <= 6; what++)
		CALL(syscall(SYS_kcmp, self, self, what, 0, 0));
	CALL(syscall(SYS_kcmp, self, self, 99, 0, 0));
}

int main(void)
{
	NEED((pidfd = syscall(SYS_pidfd_open, getpid(), 0)) >= 0);
	opening();
	waiting();
	signals();
	copies();
	return 0;
}
