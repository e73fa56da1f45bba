/*
 * Programs that replace themselves, each with threads that wait, compute and exit, an open file, and memory: nothing adds up.
 *
 * A round is a program. Its number, the end of the time and the accounts of the 20th program go on as arguments.
 */
#include "stress.h"
#include <fcntl.h>

enum {
	FIRST_COUNTED = 20,
	LEAST_ROUNDS = 40,
	LEAST_ROUNDS_OF_ONE_PROCESSOR = 220,
	/* With one processor caches hold the same in the end as in the beginning; 200 programs that lose a page each would be 800 KiB. */
	ONE_PROCESSOR_SLACK_BYTES = 128 << 10,
};

static atomic_int started;

static void *wait_for_ever(void *unused)
{
	started++;
	for (;;)
		pause();
	return unused;
}

static void *compute(void *unused)
{
	started++;
	for (volatile unsigned counter = 0;; counter++)
		;
	return unused;
}

static void *end(void *unused)
{
	started++;
	return unused;
}

static unsigned open_descriptors(void)
{
	unsigned count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static int has_one_processor(void)
{
	return sysconf(_SC_NPROCESSORS_ONLN) == 1;
}

static void finish(struct account before, unsigned descriptors, uint64_t round)
{
	struct account after = take_account();
	uint64_t slack = has_one_processor() ? ONE_PROCESSOR_SLACK_BYTES : SLACK_BYTES;

	NEED_EQUAL(open_descriptors(), descriptors);
	if (is_own_machine()) {
		NEED_EQUAL(after.threads, before.threads);
		if (after.free_bytes + slack < before.free_bytes)
			FAIL("%llu KiB of memory are lost", (unsigned long long)(before.free_bytes - after.free_bytes) >> 10);
	}
	printf("%llu rounds, every count agrees\n", (unsigned long long)round);
	exit(0);
}

static void replace(uint64_t round, uint64_t deadline, struct account before, unsigned descriptors)
{
	static char numbers[5][24];
	char *arguments[] = {"exec", numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], NULL};
	uint64_t values[] = {round + 1, deadline, before.free_bytes, before.threads, descriptors};

	for (unsigned index = 0; index < 5; index++)
		snprintf(numbers[index], sizeof numbers[index], "%llu", (unsigned long long)values[index]);
	execve("/proc/self/exe", arguments, (char *[]){NULL});
	FAIL("execve answers %s", strerror(errno));
}

int main(int argc, char **argv)
{
	/* With one processor, one that computes would cost each program a time slice. */
	worker_main *const bodies[] = {wait_for_ever, end, compute};
	int count = has_one_processor() ? 2 : 3;
	struct account before = {0};
	uint64_t round = 0, deadline;
	unsigned descriptors = 0;
	pthread_t thread;

	if (argc == 6) {
		round = strtoull(argv[1], NULL, 10);
		deadline = strtoull(argv[2], NULL, 10);
		before = (struct account){strtoull(argv[3], NULL, 10), (unsigned)strtoul(argv[4], NULL, 10)};
		descriptors = (unsigned)strtoul(argv[5], NULL, 10);
	} else if (argc == 2 || argc == 3) {
		deadline = now_ns() + strtoull(argv[1], NULL, 0) * 1000000000ull;
	} else {
		fprintf(stderr, "usage: %s SECONDS [SEED]\n", argv[0]);
		return 2;
	}
	if (round == FIRST_COUNTED) {
		before = take_account();
		descriptors = open_descriptors();
	}
	if (round >= (has_one_processor() ? LEAST_ROUNDS_OF_ONE_PROCESSOR : LEAST_ROUNDS) && now_ns() >= deadline)
		finish(before, descriptors, round);
	NEED(open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0);
	memset(malloc(300000), 1, 300000);
	for (int index = 0; index < count; index++)
		NEED_EQUAL(pthread_create(&thread, NULL, bodies[index], NULL), 0);
	while (started < count)
		sched_yield();
	replace(round, deadline, before, descriptors);
}
