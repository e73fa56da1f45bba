/* Signals among threads: each one that is sent arrives once, at the thread that was meant, in handlers, in sigwaitinfo and in calls that
 * a handler interrupts. */
#include "stress.h"

enum { SENDS = 30, QUEUED = 30 };

static struct mailbox {
	_Atomic int tid;
	_Atomic unsigned long sent, handled;
	/* Whoever sends holds it: signals that are not queued would merge otherwise. */
	pthread_mutex_t sender;
} mailboxes[THREADS];
static _Thread_local struct mailbox *own;
static _Atomic unsigned is_done;
static pthread_barrier_t barrier;

static void handle(int number, siginfo_t *information, void *context)
{
	(void)context;
	int error = errno;
	if (number != SIGUSR1 || information->si_code != SI_TKILL || information->si_pid != getpid())
		FAIL("signal %d, code %d of process %d", number, information->si_code, information->si_pid);
	atomic_fetch_add(&own->handled, 1);
	errno = error;
}

static void send_to(struct mailbox *target)
{
	pthread_mutex_lock(&target->sender);
	unsigned long number = atomic_fetch_add(&target->sent, 1) + 1;
	NEED_EQUAL(syscall(SYS_tgkill, getpid(), atomic_load(&target->tid), SIGUSR1), 0);
	unsigned long handled;
	while ((handled = atomic_load(&target->handled)) != number) {
		NEED(handled < number);
		sched_yield();
	}
	pthread_mutex_unlock(&target->sender);
}

/* A thread waits in different ways while signals arrive. */
static void wait_somehow(struct random *random, int *ends)
{
	struct timespec pause = { 0, 1000 * (1 + (long)random_below(random, 200)) };
	char byte = 0;

	switch (random_below(random, 4)) {
	case 0:
		NEED(nanosleep(&pause, NULL) == 0 || errno == EINTR);
		break;
	case 1:
		NEED(write(ends[1], &byte, 1) == 1 || errno == EINTR);
		break;
	case 2: {
		_Atomic uint32_t word = 0;
		NEED(syscall(SYS_futex, &word, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 0, &pause, NULL, 0) == -1);
		NEED(errno == EINTR || errno == ETIMEDOUT);
		break;
	}
	default:
		sched_yield();
	}
}

static void *exchange(void *argument)
{
	struct worker *self = argument;
	int ends[2];

	own = &mailboxes[self->index];
	atomic_store(&own->tid, (int)syscall(SYS_gettid));
	NEED_EQUAL(pipe(ends), 0);
	pthread_barrier_wait(&barrier);
	for (int step = 0; step < SENDS; step++) {
		send_to(&mailboxes[random_below(&self->random, THREADS)]);
		wait_somehow(&self->random, ends);
	}
	atomic_fetch_add(&is_done, 1);
	/* A thread that has sent all of its own still takes those of others. */
	while (atomic_load(&is_done) < THREADS) {
		struct timespec pause = { 0, 1000000 };
		nanosleep(&pause, NULL);
	}
	pthread_barrier_wait(&barrier);
	close(ends[0]);
	close(ends[1]);
	return NULL;
}

/* Signals that are queued: half of the threads send numbers to the others, which add them up. */
static _Atomic unsigned long sent_sum, received_sum;

static void *queue_signals(void *argument)
{
	struct worker *self = argument;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN + 1);
	NEED_EQUAL(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
	atomic_store(&mailboxes[self->index].tid, (int)syscall(SYS_gettid));
	pthread_barrier_wait(&barrier);
	for (int step = 0; step < QUEUED; step++) {
		siginfo_t information = { 0 };
		if (self->index % 2 == 0) {
			information.si_code = SI_QUEUE;
			information.si_value.sival_int = (int)random_below(&self->random, 1000);
			atomic_fetch_add(&sent_sum, (unsigned long)information.si_value.sival_int);
			int target = atomic_load(&mailboxes[self->index + 1].tid);
			NEED_EQUAL(syscall(SYS_rt_tgsigqueueinfo, getpid(), target, SIGRTMIN + 1, &information), 0);
		} else {
			NEED_EQUAL(sigwaitinfo(&set, &information), SIGRTMIN + 1);
			NEED_EQUAL(information.si_code, SI_QUEUE);
			atomic_fetch_add(&received_sum, (unsigned long)information.si_value.sival_int);
		}
	}
	return NULL;
}

static void round_of_signals(uint64_t round)
{
	is_done = 0;
	run_workers(round, exchange);
	for (int index = 0; index < THREADS; index++)
		NEED_EQUAL(mailboxes[index].handled, mailboxes[index].sent);
	run_workers(round, queue_signals);
	NEED_EQUAL(sent_sum, received_sum);
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_sigaction = handle, .sa_flags = SA_SIGINFO };

	NEED_EQUAL(sigaction(SIGUSR1, &action, NULL), 0);
	NEED_EQUAL(pthread_barrier_init(&barrier, NULL, THREADS), 0);
	for (int index = 0; index < THREADS; index++)
		NEED_EQUAL(pthread_mutex_init(&mailboxes[index].sender, NULL), 0);
	return stress(argc, argv, round_of_signals);
}
