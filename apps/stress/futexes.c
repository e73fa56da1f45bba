/* The system call itself: wake-ups, requeues, timeouts and locks with priority inheritance, from all threads at once. */
#include "stress.h"

enum { PASSES = 30, SLEEPERS = THREADS - 1, TIMED_STEPS = 60, PI_STEPS = 60, WORDS = 4 };

static long futex(_Atomic uint32_t *word, int operation, uint32_t value, const void *timeout, _Atomic uint32_t *other, uint32_t value3)
{
	return syscall(SYS_futex, word, operation | FUTEX_PRIVATE_FLAG, value, timeout, other, value3);
}

/* Sleepers wait at `gate`; the first thread wakes one, moves the others to `yard` and wakes them there: each is woken exactly once. */
static _Atomic uint32_t gate, yard, is_waiting, is_released;
static _Atomic uint32_t phase;

static void *sleep_at_gate(void *argument)
{
	(void)argument;
	for (uint32_t pass = 1; pass <= PASSES; pass++) {
		atomic_fetch_add(&is_waiting, 1);
		/* The gate's word is the pass: it changes when all have been released. */
		while (atomic_load(&gate) < pass) {
			uint32_t seen = pass - 1;
			if (futex(&gate, FUTEX_WAIT, seen, NULL, NULL, 0) != 0)
				NEED(errno == EAGAIN || errno == EINTR);
		}
		atomic_fetch_add(&is_released, 1);
		while (atomic_load(&phase) < pass)
			sched_yield();
	}
	return NULL;
}

static void *open_gate(void *argument)
{
	(void)argument;
	for (uint32_t pass = 1; pass <= PASSES; pass++) {
		while (atomic_load(&is_waiting) < pass * SLEEPERS)
			sched_yield();
		/* Those that wait already go to the yard, under the old value; whoever comes later sees the new one. */
		long moved = futex(&gate, FUTEX_CMP_REQUEUE, 1, (void *)(long)INT_MAX, &yard, pass - 1);
		NEED(moved >= 0 && moved <= SLEEPERS);
		atomic_store(&gate, pass);
		futex(&gate, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
		while (atomic_load(&is_released) < pass * SLEEPERS) {
			long woken = futex(&yard, FUTEX_WAKE, 1, NULL, NULL, 0);
			NEED(woken == 0 || woken == 1);
			sched_yield();
		}
		atomic_store(&phase, pass);
	}
	return NULL;
}

static void *gate_worker(void *argument)
{
	return ((struct worker *)argument)->index == 0 ? open_gate(argument) : sleep_at_gate(argument);
}

/* A lock made of a futex whose waiters give up now and then: the timeout races with the wake-up. */
static _Atomic uint32_t timed_lock;
static unsigned long timed_count;
static _Atomic unsigned long timed_wanted;

static void lock_with_timeouts(struct random *random)
{
	uint32_t free_word = 0;

	if (atomic_compare_exchange_strong(&timed_lock, &free_word, 1))
		return;
	while (atomic_exchange(&timed_lock, 2) != 0) {
		struct timespec timeout = { 0, 1000 * (1 + (long)random_below(random, 300)) };
		if (futex(&timed_lock, FUTEX_WAIT, 2, &timeout, NULL, 0) != 0)
			NEED(errno == EAGAIN || errno == EINTR || errno == ETIMEDOUT);
	}
}

static void *use_timed_lock(void *argument)
{
	struct worker *self = argument;

	for (int step = 0; step < TIMED_STEPS; step++) {
		lock_with_timeouts(&self->random);
		timed_count++;
		if (random_below(&self->random, 4) == 0)
			sched_yield();
		if (atomic_exchange(&timed_lock, 0) == 2)
			futex(&timed_lock, FUTEX_WAKE, 1, NULL, NULL, 0);
		atomic_fetch_add(&timed_wanted, 1);
	}
	return NULL;
}

/* Locks whose owner the kernel knows. */
static _Atomic uint32_t pi_lock;
static unsigned long pi_count;

static void *use_pi_lock(void *argument)
{
	struct worker *self = argument;
	uint32_t me = (uint32_t)syscall(SYS_gettid);

	for (int step = 0; step < PI_STEPS; step++) {
		uint32_t free_word = 0;
		if (!atomic_compare_exchange_strong(&pi_lock, &free_word, me))
			NEED_EQUAL(futex(&pi_lock, FUTEX_LOCK_PI, 0, NULL, NULL, 0), 0);
		NEED_EQUAL(atomic_load(&pi_lock) & FUTEX_TID_MASK, me);
		pi_count++;
		if (random_below(&self->random, 4) == 0)
			sched_yield();
		uint32_t mine = me;
		if (!atomic_compare_exchange_strong(&pi_lock, &mine, 0))
			NEED_EQUAL(futex(&pi_lock, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0), 0);
	}
	return NULL;
}

/* Waiters choose a bit each; one thread wakes bit after bit: nobody is woken by another's. */
static _Atomic uint32_t bit_word, bit_tickets[THREADS];

static void *wait_for_bit(void *argument)
{
	struct worker *self = argument;

	for (uint32_t pass = 1; pass <= PASSES; pass++) {
		unsigned next = (self->index + 1) % THREADS;
		while (atomic_load(&bit_tickets[self->index]) < pass) {
			uint32_t seen = atomic_load(&bit_word);
			if (atomic_load(&bit_tickets[self->index]) >= pass)
				break;
			if (futex(&bit_word, FUTEX_WAIT_BITSET, seen, NULL, NULL, 1u << self->index) != 0)
				NEED(errno == EAGAIN || errno == EINTR);
		}
		/* The last thread's pass gives the first one its next ticket. */
		atomic_fetch_add(&bit_tickets[next], 1);
		atomic_fetch_add(&bit_word, 1);
		futex(&bit_word, FUTEX_WAKE_BITSET, INT_MAX, NULL, NULL, 1u << next);
	}
	return NULL;
}

static void round_of_futexes(uint64_t round)
{
	gate = yard = is_waiting = is_released = phase = 0;
	run_workers(round, gate_worker);
	NEED_EQUAL(is_released, PASSES * SLEEPERS);

	run_workers(round, use_timed_lock);
	NEED_EQUAL(timed_count, timed_wanted);

	pi_count = 0;
	run_workers(round, use_pi_lock);
	NEED_EQUAL(pi_count, THREADS * PI_STEPS);
	NEED_EQUAL(pi_lock, 0);

	memset((void *)bit_tickets, 0, sizeof bit_tickets);
	bit_tickets[0] = 1;
	run_workers(round, wait_for_bit);
	NEED_EQUAL(bit_tickets[0], PASSES + 1);
	NEED_EQUAL(bit_tickets[THREADS - 1], PASSES);
}

int main(int argc, char **argv)
{
	return stress(argc, argv, round_of_futexes);
}
