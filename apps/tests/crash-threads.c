/*
 * Dies of a null pointer while one thread computes and another one waits in a system call that has become a jump, with a known value in a
 * register that calls keep: what tests/boot/core-file.test.ts looks for in the core file.
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ROUNDS 8

static sem_t started;
static int ends[2];
static volatile long spins;
char never_touched[300000];
char touched_later[100000];
int *volatile nowhere = (int *)8;

/* The shape of call that becomes a jump at its second trap. */
static long wait_for_byte(void) {
  static char byte;
  register long marker asm("r12") = 0x5eed;
  long count, fd = ends[0];
  asm volatile("" : "+r"(marker));
  asm volatile("mov $0, %%eax\n\tsyscall" : "=&a"(count) : "D"(fd), "S"(&byte), "d"(1L), "r"(marker) : "rcx", "r11", "memory");
  asm volatile("" : "+r"(marker));
  return marker == 0x5eed ? count : -1;
}

static void *waiter(void *argument) {
  while (wait_for_byte() == 1)
    sem_post(&started);
  return argument;
}

static void *spinner(void *argument) {
  sem_post(&started);
  for (;;)
    spins++;
  return argument;
}

__attribute__((noinline)) static int descend(int depth) {
  if (depth == 0)
    return *nowhere;
  return descend(depth - 1) + depth;
}

__attribute__((noinline)) static int crash_here(void) {
  return descend(3) + 1;
}

int main(void) {
  pthread_t threads[2];
  memset(touched_later, 'T', sizeof touched_later);
  sem_init(&started, 0, 0);
  if (pipe(ends) != 0 || pthread_create(&threads[0], NULL, waiter, NULL) != 0)
    return 1;
  for (int i = 0; i < ROUNDS; i++) {
    if (write(ends[1], "x", 1) != 1)
      return 1;
    sem_wait(&started);
  }
  if (pthread_create(&threads[1], NULL, spinner, NULL) != 0)
    return 1;
  sem_wait(&started);
  /* The waiter has long been back in its call; if not, it shows there all the same. */
  usleep(50000);
  puts("crashing");
  fflush(stdout);
  return crash_here();
}
