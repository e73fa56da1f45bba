/* Page faults are counted for the thread that takes them and for the process. How many there are is the system's business: one may give many pages. */
#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include "differ.h"

#define PAGES 512

static long faults(int who)
{
	struct rusage usage;

	NEED(getrusage(who, &usage) == 0);
	NEED(usage.ru_minflt >= 0 && usage.ru_majflt >= 0);
	return usage.ru_minflt;
}

/* Field 10 of a stat file; the name in parentheses may hold anything. */
static long faults_in(const char *path)
{
	char line[1024];
	long count = -1;
	FILE *file = fopen(path, "r");

	NEED(file != NULL && fgets(line, sizeof line, file) != NULL);
	NEED(sscanf(strrchr(line, ')'), ") %*c %*d %*d %*d %*d %*d %*u %ld", &count) == 1);
	fclose(file);
	return count;
}

static void touch(void)
{
	char *area = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	NEED(area != MAP_FAILED);
	NEED(madvise(area, PAGES * PAGE, MADV_NOHUGEPAGE) == 0);
	for (size_t page = 0; page < PAGES; page++)
		((volatile char *)area)[page * PAGE] = 1;
	NEED(munmap(area, PAGES * PAGE) == 0);
}

static void *other(void *unused)
{
	char path[64];
	long before = faults(RUSAGE_THREAD);
	long process = faults(RUSAGE_SELF);

	(void)unused;
	snprintf(path, sizeof path, "/proc/self/task/%ld/stat", syscall(SYS_gettid));
	long shown = faults_in(path);
	touch();
	HOLDS(faults(RUSAGE_THREAD) > before);
	HOLDS(faults(RUSAGE_SELF) > process);
	HOLDS(faults_in(path) > shown);
	HOLDS(faults(RUSAGE_THREAD) < faults(RUSAGE_SELF));
	return NULL;
}

int main(void)
{
	pthread_t thread;
	long before = faults(RUSAGE_SELF);
	long shown = faults_in("/proc/self/stat");

	touch();
	long after = faults(RUSAGE_SELF);
	HOLDS(after > before);
	HOLDS(faults_in("/proc/self/stat") > shown);

	NEED(pthread_create(&thread, NULL, other, NULL) == 0);
	NEED(pthread_join(thread, NULL) == 0);
	/* What a thread has counted remains when it has ended. */
	HOLDS(faults(RUSAGE_SELF) > after);
	HOLDS(faults(RUSAGE_THREAD) < faults(RUSAGE_SELF));
	return 0;
}
