/* System V semaphores without waiting: values, arrays of operations that happen as one, limits, status, and every error that can be had at once. */
#include "differ.h"
#include <sys/ipc.h>
#include <sys/sem.h>

union semun {
	int val;
	struct semid_ds *buf;
	unsigned short *array;
	struct seminfo *info;
};

static int set;

static void values(void)
{
	unsigned short all[3] = {9, 9, 9};

	NEED(semctl(set, 0, GETALL, all) == 0);
	printf("values: %d %d %d\n", all[0], all[1], all[2]);
}

static void operations(void)
{
	struct sembuf up_down[3] = {{0, 2, 0}, {1, 1, 0}, {0, -1, 0}};
	struct sembuf zero_then_up[2] = {{2, 0, IPC_NOWAIT}, {2, 1, 0}};
	struct sembuf cannot[3] = {{0, 5, 0}, {1, -9, IPC_NOWAIT}, {2, 1, 0}};
	struct sembuf high[2] = {{1, 7, 0}, {0, 32767, 0}};
	struct sembuf beyond[2] = {{0, 1, 0}, {3, 1, 0}};
	static struct sembuf many[501];

	for (int i = 0; i < 501; i++)
		many[i].sem_op = i % 2 == 0 ? 1 : -1;
	CALL(semop(set, up_down, 3));
	values();
	CALL(semop(set, zero_then_up, 2));
	CALL(semop(set, zero_then_up, 2));
	values();
	CALL(semop(set, cannot, 3));
	values();
	CALL(semop(set, high, 2));
	values();
	CALL(semop(set, beyond, 2));
	CALL(semop(set, many, 500));
	CALL(semop(set, many, 501));
	CALL(semop(set, up_down, 0));
	CALL(semop(-1, up_down, 1));
	CALL(semop(0x7fffffff, up_down, 1));
	CALL(semop(set, (void *)8, 1));
	CALL(semtimedop(set, up_down, 1, &(struct timespec){0, 1000000000}));
	CALL(semtimedop(set, up_down, 1, &(struct timespec){-1, 0}));
	CALL(semtimedop(set, up_down, 1, (void *)8));
	values();
}

static void settings(void)
{
	unsigned short all[3] = {3, 32767, 0}, high[3] = {1, 32768, 1};

	CALL(semctl(set, 0, SETALL, all));
	values();
	CALL(semctl(set, 0, SETALL, high));
	CALL(semctl(set, 1, SETVAL, 7));
	values();
	CALL(semctl(set, 1, SETVAL, 32768));
	CALL(semctl(set, 1, SETVAL, -1));
	CALL(semctl(set, 3, SETVAL, 1));
	CALL(semctl(set, -1, SETVAL, 1));
	CALL(semctl(set, 1, GETVAL));
	CALL(semctl(set, 3, GETVAL));
	CALL(semctl(set, 0, GETNCNT));
	CALL(semctl(set, 0, GETZCNT));
	HOLDS(semctl(set, 1, GETPID) == getpid());
	CALL(semctl(set, 0, GETALL, (void *)8));
	CALL(semctl(set, 0, 99));
	CALL(semctl(-1, 0, GETVAL));
}

static void status(void)
{
	struct semid_ds status;
	time_t now = time(NULL);

	CALL(semctl(set, 0, IPC_STAT, &status));
	SHOW(status.sem_nsems);
	printf("mode %o\n", (unsigned)status.sem_perm.mode);
	HOLDS(status.sem_perm.uid == geteuid() && status.sem_perm.cuid == geteuid() && status.sem_perm.gid == getegid());
	HOLDS(status.sem_otime <= now + 1 && status.sem_otime > now - 60 && status.sem_ctime > now - 60);
	status.sem_perm.mode = 07640;
	CALL(semctl(set, 0, IPC_SET, &status));
	CALL(semctl(set, 0, IPC_STAT, &status));
	printf("mode %o\n", (unsigned)status.sem_perm.mode);
	status.sem_perm.uid = -1;
	CALL(semctl(set, 0, IPC_SET, &status));
	CALL(semctl(set, 0, IPC_STAT, (void *)8));
	CALL(semctl(set, 0, IPC_SET, (void *)8));
	HOLDS(semctl(set & 0x7fff, 0, SEM_STAT, &status) == set);
}

static void limits(void)
{
	struct seminfo info;

	HOLDS(semctl(0, 0, IPC_INFO, (union semun){.info = &info}) >= 0);
	printf("%d %d %d %d %d %d %d %d %d %d\n", info.semmap, info.semmni, info.semmns, info.semmnu, info.semmsl, info.semopm,
	       info.semume, info.semusz, info.semvmx, info.semaem);
	HOLDS(semctl(0, 0, SEM_INFO, (union semun){.info = &info}) >= (set & 0x7fff));
	HOLDS(info.semusz >= 1 && info.semaem >= 3);
}

static void keys(void)
{
	key_t key = 0x68430000 | (getpid() & 0xffff);
	int first, second;

	CALL(semget(key, 1, 0));
	NEED((first = semget(key, 2, IPC_CREAT | IPC_EXCL | 0600)) >= 0);
	HOLDS(semget(key, 2, 0) == first);
	HOLDS(semget(key, 0, 0) == first);
	CALL(semget(key, 3, 0));
	CALL(semget(key, 1, IPC_CREAT | IPC_EXCL));
	CALL(semctl(first, 0, IPC_RMID));
	CALL(semctl(first, 0, IPC_RMID));
	CALL(semctl(first, 0, GETVAL));
	CALL(semget(key, 1, 0));
	NEED((second = semget(key, 1, IPC_CREAT | 0600)) >= 0);
	HOLDS(second != first);
	CALL(semctl(second, 0, IPC_RMID));
	CALL(semget(IPC_PRIVATE, 0, 0600));
	CALL(semget(IPC_PRIVATE, -1, 0600));
	CALL(semget(IPC_PRIVATE, 32001, 0600));
}

int main(void)
{
	NEED((set = semget(IPC_PRIVATE, 3, 0600)) >= 0);
	values();
	operations();
	settings();
	status();
	limits();
	keys();
	CALL(semctl(set, 0, IPC_RMID));
	CALL(semop(set, &(struct sembuf){0, 1, 0}, 1));
	return 0;
}
