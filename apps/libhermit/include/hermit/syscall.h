/*
 * HermitCore's own calls, for programs written for it: the same program runs on HermitCore and on Linux.
 *
 * They are plain functions of libhermit.a, made of Linux system calls, which both systems have. `hermit cc` and the
 * x86_64-hermit- compilers find this header and link the library by themselves. Conventions, as they have always been here:
 * a result below zero is an errno with its sign turned; times are milliseconds unless a name says otherwise, and 0 means
 * "without a limit" where a call waits; a tid is what sys_getpid() answers in the thread itself.
 */
#ifndef HERMIT_SYSCALL_H
#define HERMIT_SYSCALL_H

#include <stddef.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef unsigned int tid_t;

/* <semaphore.h> has a type of this name; a program that needs both headers includes that one first and says `struct sem`. */
struct sem;
#ifndef _SEMAPHORE_H
typedef struct sem sem_t;
#endif

/* <pthread.h> has a type called pthread_spinlock_t, so this name is free. */
struct spinlock;
typedef struct spinlock spinlock_t;

struct stat;
struct tms;

typedef void signal_handler_t(int);

#define LOW_PRIO 1
#define NORMAL_PRIO 8
#define HIGH_PRIO 16
#define REALTIME_PRIO 31

/* Threads. The id of the thread that calls; the main thread's is the process id. */
tid_t sys_getpid(void);
/* A new thread calls `entry(argument)`, an `int (*)(void *)`; it ends when that returns. */
int sys_clone(tid_t *id, void *entry, void *argument);
void sys_yield(void);
/* Priorities are 1 to 31, 8 is usual; -EINVAL outside, -EACCES where the system does not let this program rise. */
int sys_getprio(tid_t *id);
int sys_setprio(tid_t *id, int priority);
/* `id` null means the caller itself. */
int sys_kill(tid_t id, int signal);
/* Which function this thread runs for each signal that sys_kill sends to it; null: the thread ends the program again. */
int sys_signal(signal_handler_t *handler);
void sys_exit(int status) __attribute__((noreturn));
/* One process: these answer -ENOSYS. */
int sys_fork(void);
int sys_wait(int *status);
/* Another program takes the place of this one; comes back only with an error. */
int sys_execve(const char *name, char *const *argv, char *const *env);

/* Time. */
void sys_msleep(unsigned int ms);
/* Hundredths of a second since the program's start. */
size_t sys_get_ticks(void);
clock_t sys_times(struct tms *buffer);

/* Semaphores. */
int sys_sem_init(struct sem **sem, unsigned int value);
int sys_sem_destroy(struct sem *sem);
int sys_sem_wait(struct sem *sem);
int sys_sem_trywait(struct sem *sem);
int sys_sem_post(struct sem *sem);
/* -ETIME when `ms` passed without a post. */
int sys_sem_timedwait(struct sem *sem, unsigned int ms);
int sys_sem_cancelablewait(struct sem *sem, unsigned int ms);

/* Spinlocks: in order of arrival; the owner may lock again and must unlock as often. */
int sys_spinlock_init(struct spinlock **lock);
int sys_spinlock_destroy(struct spinlock *lock);
int sys_spinlock_lock(struct spinlock *lock);
int sys_spinlock_unlock(struct spinlock *lock);

/* Files and memory. */
ssize_t sys_read(int fd, char *buffer, size_t length);
ssize_t sys_write(int fd, const char *buffer, size_t length);
int sys_open(const char *name, int flags, int mode);
int sys_close(int fd);
off_t sys_lseek(int fd, off_t offset, int whence);
int sys_stat(const char *name, struct stat *status);
/* Grows the heap by `increment` bytes and answers where it ended before; a negative errno if there is no memory. */
ssize_t sys_sbrk(ssize_t increment);

/* The machine. MHz of the time-stamp counter; processors that this program may use; -1 when it has a machine of its own. */
unsigned int get_cpufreq(void);
unsigned int get_num_cpus(void);
int isle_id(void);

#ifdef __cplusplus
}
#endif

#endif
