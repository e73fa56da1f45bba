/* Rights that one thread takes away are gone for all: another thread's next access faults. */
// cpus: 1 2
#include "differ.h"
#include <pthread.h>

static volatile char *page;
static atomic_int faults, writes, stop;

static void handler(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)context;
	atomic_fetch_add(&faults, 1);
	NEED((char *)info->si_addr >= page && (char *)info->si_addr < page + PAGE);
	mprotect((void *)page, PAGE, PROT_READ | PROT_WRITE);
}

static void *write_on(void *argument)
{
	while (!atomic_load(&stop)) {
		page[5]++;
		atomic_fetch_add(&writes, 1);
	}
	return argument;
}

int main(void)
{
	struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
	pthread_t thread;

	page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	NEED(page != MAP_FAILED);
	sigaction(SIGSEGV, &action, NULL);
	NEED(pthread_create(&thread, NULL, write_on, NULL) == 0);
	for (int round = 1; round <= 20; round++) {
		int before = atomic_load(&writes);
		WAIT_UNTIL(atomic_load(&writes) > before);
		NEED(mprotect((void *)page, PAGE, PROT_READ) == 0);
		WAIT_UNTIL(atomic_load(&faults) == round);
	}
	atomic_store(&stop, 1);
	pthread_join(thread, NULL);
	SHOW(atomic_load(&faults));
	return 0;
}
