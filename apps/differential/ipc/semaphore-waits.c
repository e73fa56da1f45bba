/* Waiting for System V semaphores: for a rise, for zero, for several at once; who goes first; signals, timeouts, and removal of the set. */
#include "alarms.h"
#include <pthread.h>
#include <sys/ipc.h>
#include <sys/sem.h>

static int set;
static atomic_int done_count;
static int order[8];

struct job {
	int number, count, result, error;
	struct sembuf operations[2];
};

static void *run(void *argument)
{
	struct job *job = argument;

	errno = 0;
	job->result = semop(set, job->operations, job->count);
	job->error = errno;
	order[done_count++] = job->number;
	return NULL;
}

static void begin(pthread_t *thread, struct job *job, int rising, int zero)
{
	NEED(pthread_create(thread, NULL, run, job) == 0);
	WAIT_UNTIL(semctl(set, 0, GETNCNT) + semctl(set, 1, GETNCNT) == rising);
	WAIT_UNTIL(semctl(set, 0, GETZCNT) + semctl(set, 1, GETZCNT) == zero);
}

static void first_in_first_out(void)
{
	struct job jobs[3] = {{1, 1, 0, 0, {{0, -2, 0}}}, {2, 1, 0, 0, {{0, -1, 0}}}, {3, 1, 0, 0, {{0, -1, 0}}}};
	pthread_t threads[3];

	done_count = 0;
	for (int i = 0; i < 3; i++)
		begin(&threads[i], &jobs[i], i + 1, 0);
	CALL(semop(set, &(struct sembuf){0, 1, 0}, 1));
	WAIT_UNTIL(done_count == 1);
	CALL(semctl(set, 0, GETNCNT));
	CALL(semop(set, &(struct sembuf){0, 2, 0}, 1));
	WAIT_UNTIL(done_count == 2);
	CALL(semop(set, &(struct sembuf){0, 1, 0}, 1));
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	printf("order %d %d %d\n", order[0], order[1], order[2]);
	CALL(semctl(set, 0, GETVAL));
}

static void for_zero_and_several(void)
{
	struct job zero = {1, 2, 0, 0, {{0, 0, 0}, {1, 1, 0}}}, both = {2, 2, 0, 0, {{0, -1, 0}, {1, -2, 0}}};
	pthread_t threads[2];

	done_count = 0;
	NEED(semctl(set, 0, SETVAL, 2) == 0);
	NEED(semctl(set, 1, SETVAL, 0) == 0);
	begin(&threads[0], &zero, 0, 1);
	begin(&threads[1], &both, 1, 1);
	CALL(semctl(set, 1, GETNCNT));
	CALL(semctl(set, 0, SETVAL, 0));
	pthread_join(threads[0], NULL);
	CALL(semctl(set, 1, GETVAL));
	CALL(semctl(set, 0, GETNCNT));
	CALL(semop(set, (struct sembuf[]){{0, 1, 0}, {1, 1, 0}}, 2));
	pthread_join(threads[1], NULL);
	CALL(semctl(set, 0, GETVAL));
	CALL(semctl(set, 1, GETVAL));
}

static void ended(void)
{
	struct sembuf down = {0, -1, 0};

	CALL(semtimedop(set, &down, 1, &(struct timespec){0, 0}));
	CALL(semtimedop(set, &down, 1, &(struct timespec){0, 2000000}));
	alarms_begin(count_alarm, SA_RESTART);
	CALL(semop(set, &down, 1));
	CALL(semtimedop(set, &down, 1, &(struct timespec){1000, 0}));
	alarms_end();
	CALL(semctl(set, 0, GETNCNT));
}

static void removed(void)
{
	struct job jobs[2] = {{1, 1, 0, 0, {{0, -1, 0}}}, {2, 1, 0, 0, {{0, -1, SEM_UNDO}}}};
	pthread_t threads[2];

	done_count = 0;
	for (int i = 0; i < 2; i++)
		begin(&threads[i], &jobs[i], i + 1, 0);
	CALL(semctl(set, 0, IPC_RMID));
	for (int i = 0; i < 2; i++) {
		pthread_join(threads[i], NULL);
		printf("%d %s\n", jobs[i].result, jobs[i].error == EIDRM ? "EIDRM" : error_name(jobs[i].error));
	}
}

int main(void)
{
	NEED((set = semget(IPC_PRIVATE, 2, 0600)) >= 0);
	first_in_first_out();
	for_zero_and_several();
	ended();
	removed();
	return 0;
}
