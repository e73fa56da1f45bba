/* glibc registers each thread, so that a program finds it registered. */
// libc: glibc
// cpus: 1 2
#include "differ.h"
#include <pthread.h>
#include <sys/rseq.h>

static void *work(void *argument)
{
	struct rseq *own = (struct rseq *)((char *)__builtin_thread_pointer() + __rseq_offset);

	HOLDS(own->cpu_id < (uint32_t)sysconf(_SC_NPROCESSORS_CONF));
	HOLDS(sched_getcpu() >= 0);
	CALL(syscall(SYS_rseq, own, 32, 0, RSEQ_SIG));
	return argument;
}

int main(void)
{
	pthread_t thread;

	HOLDS(__rseq_size >= 20);
	work(NULL);
	NEED(pthread_create(&thread, NULL, work, NULL) == 0);
	pthread_join(thread, NULL);
	return 0;
}
