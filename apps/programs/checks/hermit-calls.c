/* HermitCore's calls that need one thread only: time, machine, files, memory, semaphores and spinlocks without a rival. */
#include <errno.h>
#include <fcntl.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>

#include <hermit/syscall.h>

#include "../../tests/check.h"

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void check_time(void)
{
	size_t before = sys_get_ticks();
	double start = seconds();
	struct tms times;

	sys_msleep(60);
	CHECK(seconds() - start >= 0.06);
	CHECK(sys_get_ticks() - before >= 6);
	CHECK(sys_get_ticks() < 100 * 3600);
	sys_msleep(0);
	CHECK(sys_times(&times) != (clock_t)-1);
	sys_yield();
}

static void check_machine(void)
{
	unsigned int mhz = get_cpufreq();

	CHECK(mhz > 100 && mhz < 20000);
	CHECK_EQ(get_cpufreq(), mhz);
	CHECK(get_num_cpus() >= 1 && get_num_cpus() <= 8192);
	CHECK(sys_getpid() > 0);
	CHECK_EQ(sys_getpid(), getpid());
	CHECK_EQ(sys_fork(), -ENOSYS);
	CHECK_EQ(sys_wait(NULL), -ENOSYS);
	CHECK_EQ(sys_execve("/nowhere/true", NULL, NULL), -ENOENT);
}

static void check_isle(void)
{
	setenv("HERMIT_ISLE", "qemu", 1);
	CHECK_EQ(isle_id(), -1);
	setenv("HERMIT_ISLE", "3", 1);
	CHECK_EQ(isle_id(), 3);
	setenv("HERMIT_ISLE", "3x", 1);
	CHECK_EQ(isle_id(), -1);
	setenv("HERMIT_ISLE", "255", 1);
	CHECK_EQ(isle_id(), -1);
	unsetenv("HERMIT_ISLE");
	CHECK_EQ(isle_id(), -1);
}

static void check_files(void)
{
	char byte;

	CHECK_EQ(sys_read(0, &byte, 1), 1);
	CHECK_EQ(byte, '*');
	CHECK_EQ(sys_write(1, "written\n", 8), 8);
	CHECK_EQ(sys_write(99, "x", 1), -EBADF);
	CHECK_EQ(sys_read(99, &byte, 1), -EBADF);
	CHECK_EQ(sys_close(99), -EBADF);
	CHECK_EQ(sys_lseek(99, 0, SEEK_SET), -EBADF);
	CHECK_EQ(sys_open("/no/such/file", O_RDONLY, 0), -ENOENT);
}

static void check_memory(void)
{
	ssize_t before = sys_sbrk(0);
	ssize_t block = sys_sbrk(1 << 16);

	CHECK(before > 0);
	CHECK_EQ(block, before);
	memset((void *)block, 1, 1 << 16);
	CHECK_EQ(sys_sbrk(0), block + (1 << 16));
	CHECK_EQ(sys_sbrk((ssize_t)1 << 60), -ENOMEM);
	CHECK(sys_sbrk(-(1 << 16)) > 0);
	CHECK_EQ(sys_sbrk(0), before);
}

static void check_semaphores(void)
{
	sem_t *sem = NULL;
	double start;

	CHECK_EQ(sys_sem_init(NULL, 0), -EINVAL);
	CHECK_EQ(sys_sem_init(&sem, 0xffffffffu), -EINVAL);
	CHECK_EQ(sys_sem_init(&sem, 2), 0);
	CHECK_EQ(sys_sem_wait(sem), 0);
	CHECK_EQ(sys_sem_trywait(sem), 0);
	CHECK_EQ(sys_sem_trywait(sem), -ECANCELED);
	start = seconds();
	CHECK_EQ(sys_sem_timedwait(sem, 50), -ETIME);
	CHECK(seconds() - start >= 0.05);
	CHECK_EQ(sys_sem_cancelablewait(sem, 1), -ETIME);
	CHECK_EQ(sys_sem_post(sem), 0);
	CHECK_EQ(sys_sem_timedwait(sem, 50), 0);
	CHECK_EQ(sys_sem_post(sem), 0);
	CHECK_EQ(sys_sem_cancelablewait(sem, 0), 0);
	CHECK_EQ(sys_sem_destroy(sem), 0);
	CHECK_EQ(sys_sem_wait(NULL), -EINVAL);
	CHECK_EQ(sys_sem_post(NULL), -EINVAL);
	CHECK_EQ(sys_sem_init(&sem, 0x7fffffff), 0);
	CHECK_EQ(sys_sem_post(sem), -EOVERFLOW);
	CHECK_EQ(sys_sem_destroy(sem), 0);
	CHECK_EQ(sys_sem_destroy(NULL), -EINVAL);
}

static void check_spinlocks(void)
{
	spinlock_t *lock = NULL;

	CHECK_EQ(sys_spinlock_init(NULL), -EINVAL);
	CHECK_EQ(sys_spinlock_init(&lock), 0);
	CHECK_EQ(sys_spinlock_unlock(lock), -EINVAL);
	CHECK_EQ(sys_spinlock_lock(lock), 0);
	CHECK_EQ(sys_spinlock_lock(lock), 0);
	CHECK_EQ(sys_spinlock_unlock(lock), 0);
	CHECK_EQ(sys_spinlock_unlock(lock), 0);
	CHECK_EQ(sys_spinlock_unlock(lock), -EINVAL);
	CHECK_EQ(sys_spinlock_lock(NULL), -EINVAL);
	CHECK_EQ(sys_spinlock_destroy(lock), 0);
}

int main(void)
{
	check_time();
	check_machine();
	check_isle();
	check_files();
	check_memory();
	check_semaphores();
	check_spinlocks();
	return check_done("hermit-calls");
}
