/* /proc/self/status and stat: signals that wait, are blocked, ignored and caught; processors that are allowed; what setpriority changed. */
// cpus: 1 3
#include "differ.h"
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

static void field(const char *name)
{
	char line[512];
	FILE *file = fopen("/proc/thread-self/status", "r");

	NEED(file != NULL);
	while (fgets(line, sizeof line, file))
		if (strncmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ':')
			fputs(line, stdout);
	fclose(file);
}

static void signals(void)
{
	static const char *const names[] = {"SigPnd", "ShdPnd", "SigBlk", "SigIgn", "SigCgt"};

	for (unsigned index = 0; index < sizeof names / sizeof *names; index++)
		field(names[index]);
}

/* Fields of stat behind the name, from 1. */
static void stat_field(int number)
{
	char text[2048] = "";
	FILE *file = fopen("/proc/thread-self/stat", "r");

	NEED(file != NULL && fgets(text, sizeof text, file) != NULL);
	fclose(file);
	char *part = strtok(strrchr(text, ')') + 1, " \n");
	for (int index = 3; index < number; index++)
		part = strtok(NULL, " \n");
	printf("stat field %d: %s\n", number, part);
}

static void handler(int number) { (void)number; }

static void *other(void *unused)
{
	sigset_t set;

	(void)unused;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	pthread_kill(pthread_self(), SIGUSR2);
	signals();
	stat_field(31);
	stat_field(32);
	return NULL;
}

int main(void)
{
	sigset_t set;
	cpu_set_t first;
	pthread_t thread;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGUSR1, handler);
	signal(SIGRTMAX, handler);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	kill(getpid(), SIGTERM);
	pthread_kill(pthread_self(), SIGUSR1);
	signals();
	NEED(pthread_create(&thread, NULL, other, NULL) == 0);
	pthread_join(thread, NULL);
	field("NoNewPrivs");
	NEED(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	field("NoNewPrivs");
	CPU_ZERO(&first);
	CPU_SET(0, &first);
	NEED(sched_setaffinity(0, sizeof first, &first) == 0);
	field("Cpus_allowed_list");
	NEED(setpriority(PRIO_PROCESS, 0, 19) == 0);
	stat_field(18);
	stat_field(19);
	stat_field(39);
	stat_field(40);
	stat_field(41);
	return 0;
}
