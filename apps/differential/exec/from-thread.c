/* A thread that is not the first calls execve: it becomes the first, with its own mask and pending signals. */
// libc: both
// cpus: 1 2 4
#include "exec.h"
#include <pthread.h>
#include <sys/prctl.h>

/* Not /proc/self/exe, which leads nowhere on Linux when the first thread has ended. */
static char path[PATH_MAX];

static void *replace(void *step)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	NEED(pthread_sigmask(SIG_SETMASK, &set, NULL) == 0);
	NEED(pthread_kill(pthread_self(), SIGUSR2) == 0);
	prctl(PR_SET_NAME, "of-the-thread");
	HOLDS(syscall(SYS_gettid) != getpid());
	start(path, (int)(intptr_t)step + 1, NULL);
	return NULL;
}

static void show(void)
{
	sigset_t set;
	struct timespec used;

	HOLDS(syscall(SYS_gettid) == getpid());
	SHOW(status_value("Threads"));
	NEED(pthread_sigmask(SIG_SETMASK, NULL, &set) == 0);
	HOLDS(sigismember(&set, SIGUSR1) == 1 && sigismember(&set, SIGUSR2) == 1 && sigismember(&set, SIGINT) == 0);
	NEED(sigpending(&set) == 0);
	HOLDS(sigismember(&set, SIGUSR2) == 1 && sigismember(&set, SIGUSR1) == 0);
	HOLDS(kill(getpid(), 0) == 0 && syscall(SYS_tgkill, getpid(), getpid(), 0) == 0);
	NEED(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used) == 0);
	HOLDS(used.tv_sec < 100);
	NEED(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) == 0);
	HOLDS(used.tv_sec < 100);
}

int main(int count, char **arguments)
{
	int step = step_of(count, arguments);
	pthread_t thread;

	NEED(readlink(SELF, path, sizeof path - 1) > 0);
	if (step > 0)
		show();
	if (step == 3)
		return 0;
	NEED(pthread_create(&thread, NULL, replace, (void *)(intptr_t)step) == 0);
	/* The first thread waits, ends, or computes. */
	if (step == 0)
		pthread_join(thread, NULL);
	if (step == 1)
		pthread_exit(NULL);
	for (volatile unsigned long counter = 0;; counter++)
		;
}
