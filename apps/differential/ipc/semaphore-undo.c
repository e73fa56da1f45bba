/*
 * SEM_UNDO: a thread that does not share its maker's list (no CLONE_SYSVSEM) takes back what it did when it ends, and wakes who waits for it;
 * one that shares it leaves it to the process. SETVAL forgets, values stay in their range.
 */
#include "differ.h"
#include "futex.h"
#include <sys/ipc.h>
#include <sys/sem.h>

static int set;
static char stack[65536] __attribute__((aligned(16)));
static atomic_int tid;
static int kind;

static int other(void *unused)
{
	static const struct sembuf up = {0, 5, SEM_UNDO}, down = {1, -3, SEM_UNDO}, full = {2, 32767, SEM_UNDO};

	(void)unused;
	syscall(SYS_semop, set, &up, 1ul);
	syscall(SYS_semop, set, &down, 1ul);
	if (kind == 1)
		syscall(SYS_semctl, set, 0, SETVAL, 7);
	if (kind == 2)
		syscall(SYS_semop, set, &full, 1ul);
	syscall(SYS_exit, 0);
	return 0;
}

static void values(const char *when)
{
	unsigned short all[3];

	NEED(semctl(set, 0, GETALL, all) == 0);
	printf("%s: %d %d %d\n", when, all[0], all[1], all[2]);
}

static void run(const char *name, int flags)
{
	int all = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;

	NEED(semctl(set, 0, SETALL, (unsigned short[]){0, 10, 0}) == 0);
	NEED(clone(other, stack + sizeof(stack), all | flags, NULL, &tid, NULL, &tid) > 0);
	WAIT_UNTIL(tid == 0);
	if (flags == 0 && kind == 0) {
		/* Waits until the end has brought it back: the word above is cleared before. */
		CALL(semop(set, (struct sembuf[]){{0, 0, 0}, {1, -10, 0}}, 2));
		NEED(semctl(set, 1, SETVAL, 10) == 0);
	} else if (flags == 0) {
		CALL(semop(set, (struct sembuf[]){{1, -10, 0}, {1, 10, 0}}, 2));
	}
	values(name);
}

int main(void)
{
	struct sembuf most = {0, -32767, SEM_UNDO}, one = {1, 1, SEM_UNDO}, steps = {0, 1, SEM_UNDO};

	NEED((set = semget(IPC_PRIVATE, 3, 0600)) >= 0);
	run("with a list of its own", 0);
	kind = 1;
	run("set meanwhile", 0);
	kind = 2;
	run("a full one", 0);
	kind = 0;
	run("sharing", CLONE_SYSVSEM);
	NEED(semctl(set, 0, SETALL, (unsigned short[]){32767, 0, 0}) == 0);
	CALL(semop(set, &most, 1));
	CALL(semop(set, &one, 1));
	NEED(semctl(set, 0, IPC_RMID) == 0);
	NEED((set = semget(IPC_PRIVATE, 1, 0600)) >= 0);
	CALL(semop(set, &(struct sembuf){0, 32767, SEM_UNDO}, 1));
	CALL(semop(set, &(struct sembuf){0, -32767, 0}, 1));
	/* The adjustment is -32767 now, and may become one less. */
	CALL(semop(set, &steps, 1));
	CALL(semop(set, &steps, 1));
	CALL(semctl(set, 0, GETVAL));
	CALL(semctl(set, 0, IPC_RMID));
	return 0;
}
