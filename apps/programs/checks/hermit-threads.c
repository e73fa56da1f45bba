/* HermitCore's calls that several threads make: sys_clone, semaphores and spinlocks between threads, priorities, sys_kill. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>

#include <hermit/syscall.h>

#include "../../tests/check.h"

#define THREADS 4
#define ROUNDS 2000
#define TEST_SIGNAL 10
#define WAIT_MS 60000

static sem_t *done;
static sem_t *ping;
static sem_t *pong;
static spinlock_t *lock;
static long counter;
static tid_t seen_ids[THREADS];

static int count(void *argument)
{
	long number = (long)argument;

	seen_ids[number] = sys_getpid();
	for (int i = 0; i < ROUNDS; i++) {
		sys_spinlock_lock(lock);
		sys_spinlock_lock(lock);
		counter = counter + 1;
		sys_spinlock_unlock(lock);
		sys_spinlock_unlock(lock);
	}
	sys_sem_post(done);
	return 0;
}

static void check_spinlock(void)
{
	tid_t ids[THREADS];

	for (long i = 0; i < THREADS; i++)
		CHECK_EQ(sys_clone(&ids[i], count, (void *)i), 0);
	for (int i = 0; i < THREADS; i++)
		CHECK_EQ(sys_sem_timedwait(done, WAIT_MS), 0);
	CHECK_EQ(counter, THREADS * ROUNDS);
	for (int i = 0; i < THREADS; i++) {
		CHECK_EQ(ids[i], seen_ids[i]);
		CHECK(ids[i] != sys_getpid());
		for (int other = 0; other < i; other++)
			CHECK(ids[i] != ids[other]);
	}
}

static int answer(void *argument)
{
	(void)argument;
	for (int i = 0; i < ROUNDS; i++) {
		sys_sem_wait(ping);
		sys_sem_post(pong);
	}
	sys_sem_post(done);
	return 0;
}

static void check_ping_pong(void)
{
	int problems = 0;

	CHECK_EQ(sys_clone(NULL, answer, NULL), 0);
	for (int i = 0; i < ROUNDS; i++) {
		sys_sem_post(ping);
		problems += sys_sem_timedwait(pong, WAIT_MS) != 0;
	}
	CHECK_EQ(problems, 0);
	CHECK_EQ(sys_sem_timedwait(done, WAIT_MS), 0);
	CHECK_EQ(sys_sem_trywait(pong), -ECANCELED);
}

static __thread volatile sig_atomic_t received;

static void on_signal(int number)
{
	received = number;
	sys_sem_post(done);
}

static int receive(void *argument)
{
	*(int *)argument = sys_signal(on_signal);
	sys_sem_post(ping);
	while (received == 0)
		sys_yield();
	*(int *)argument = received;
	sys_sem_post(pong);
	return 0;
}

static void check_signals(void)
{
	int result = -1;
	tid_t id;

	CHECK_EQ(sys_clone(&id, receive, &result), 0);
	CHECK_EQ(sys_sem_timedwait(ping, WAIT_MS), 0);
	CHECK_EQ(result, 0);
	CHECK_EQ(sys_kill(id, TEST_SIGNAL), 0);
	CHECK_EQ(sys_sem_timedwait(done, WAIT_MS), 0);
	CHECK_EQ(sys_sem_timedwait(pong, WAIT_MS), 0);
	CHECK_EQ(result, TEST_SIGNAL);
	CHECK_EQ(received, 0);
	CHECK_EQ(sys_signal(on_signal), 0);
	CHECK_EQ(sys_kill(sys_getpid(), TEST_SIGNAL), 0);
	CHECK_EQ(received, TEST_SIGNAL);
	CHECK_EQ(sys_sem_trywait(done), 0);
	CHECK_EQ(sys_kill(sys_getpid(), 1000), -EINVAL);
	CHECK_EQ(sys_kill(4000000, 0), -ENOENT);
}

static void check_priorities(void)
{
	/* NORMAL_PRIO, unless somebody started this with another nice value. */
	int usual = sys_getprio(NULL);

	CHECK(usual >= LOW_PRIO - 12 && usual <= REALTIME_PRIO);
	CHECK_EQ(sys_setprio(NULL, 0), -EINVAL);
	CHECK_EQ(sys_setprio(NULL, 32), -EINVAL);
	if (usual < LOW_PRIO)
		return;
	CHECK_EQ(sys_setprio(NULL, usual), 0);
	CHECK_EQ(sys_getprio(NULL), usual);
	CHECK_EQ(sys_setprio(NULL, LOW_PRIO), 0);
	CHECK_EQ(sys_getprio(NULL), LOW_PRIO);
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "unhandled") == 0) {
		sys_signal(NULL);
		sys_kill(sys_getpid(), TEST_SIGNAL);
		return 0;
	}
	CHECK_EQ(sys_clone(NULL, NULL, NULL), -EINVAL);
	CHECK_EQ(sys_sem_init(&done, 0), 0);
	CHECK_EQ(sys_sem_init(&ping, 0), 0);
	CHECK_EQ(sys_sem_init(&pong, 0), 0);
	CHECK_EQ(sys_spinlock_init(&lock), 0);
	check_spinlock();
	check_ping_pong();
	check_signals();
	check_priorities();
	return check_done("hermit-threads");
}
