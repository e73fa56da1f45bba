/* Root that becomes another user for good has nothing left, in any thread, and secure bits that say otherwise. */
#include "differ.h"
#include <pthread.h>
#include <sys/prctl.h>

struct data {
	uint32_t effective, permitted, inheritable;
};

static struct data read_sets(void)
{
	struct {
		uint32_t version;
		int pid;
	} header = {0x20080522, 0};
	struct data data[2];

	NEED(syscall(SYS_capget, &header, data) == 0);
	return data[0];
}

static bool has_any(void)
{
	struct data sets = read_sets();

	return sets.effective != 0 || sets.permitted != 0;
}

static bool has_effective(void)
{
	return read_sets().effective != 0;
}

static atomic_int step;

static void *other(void *unused)
{
	(void)unused;
	HOLDS(has_any());
	step = 1;
	WAIT_UNTIL(step == 2);
	HOLDS(has_any());
	CALL(setuid(0));
	return NULL;
}

int main(void)
{
	pthread_t thread;

	if (geteuid() != 0) {
		puts("not root");
		return 0;
	}
	CALL(prctl(PR_SET_SECUREBITS, 0x44));
	CALL(seteuid(1000));
	HOLDS(has_effective());
	CALL(seteuid(0));
	CALL(prctl(PR_SET_SECUREBITS, 0x80));
	CALL(prctl(PR_SET_SECUREBITS, 0));
	CALL(prctl(PR_SET_SECUREBITS, 0xc0));
	CALL(prctl(PR_GET_SECUREBITS));
	NEED(pthread_create(&thread, NULL, other, NULL) == 0);
	WAIT_UNTIL(step == 1);
	CALL(setresuid(1000, 1000, 1000));
	HOLDS(has_any());
	step = 2;
	pthread_join(thread, NULL);
	return 0;
}
