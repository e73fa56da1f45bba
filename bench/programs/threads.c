/*
 * What it costs that two threads take turns: `threads PART one|two`, both pinned to one processor or each to its own. An operation is
 * one hand-over (half a round trip), one thread created and joined, or one passage through a mutex. The count is doubled until
 * a run takes long enough to be measured; the result is the median of some runs, in nanoseconds of one operation.
 */
#define _GNU_SOURCE
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "report.h"

enum { RUNS = 9, FIRST_COUNT = 32, MAX_COUNT = 1 << 22 };
#define LONG_ENOUGH_NS 10e6
#define CACHE_LINE 128

struct side {
  int index;
  long count;
  double start_ns, end_ns;
};

static int cpus[2];
static int is_one_cpu;
static pthread_barrier_t start_line;

static _Alignas(CACHE_LINE) _Atomic uint32_t turn;
static _Alignas(CACHE_LINE) pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turned = PTHREAD_COND_INITIALIZER;
static long inside;
/* The side `i` waits at descriptor `reading[i]` and wakes the other one by `writing[i]`. */
static int reading[2], writing[2];

static void pin(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  if (sched_setaffinity(0, sizeof set, &set) != 0) fail("sched_setaffinity", errno);
}

static void find_cpus(void) {
  cpu_set_t set;
  int found = 0;
  if (sched_getaffinity(0, sizeof set, &set) != 0) fail("sched_getaffinity", errno);
  for (int cpu = 0; cpu < CPU_SETSIZE && found < 2; cpu++)
    if (CPU_ISSET(cpu, &set)) cpus[found++] = cpu;
  if (is_one_cpu) cpus[1] = cpus[0];
  if (!is_one_cpu && found < 2) {
    fprintf(stderr, "there is one processor only\n");
    exit(1);
  }
}

static void futex(int operation, uint32_t value) {
  long result = syscall(SYS_futex, &turn, operation | FUTEX_PRIVATE_FLAG, value, NULL, NULL, 0);
  if (result < 0 && errno != EAGAIN && errno != EINTR) fail("futex", errno);
}

static void futex_side(struct side *side) {
  uint32_t mine = (uint32_t)side->index, other = 1 - mine;
  for (long i = 0; i < side->count; i++) {
    while (atomic_load(&turn) != mine) futex(FUTEX_WAIT, other);
    atomic_store(&turn, other);
    futex(FUTEX_WAKE, 1);
  }
}

static void condition_side(struct side *side) {
  uint32_t mine = (uint32_t)side->index;
  for (long i = 0; i < side->count; i++) {
    pthread_mutex_lock(&mutex);
    while (turn != mine) pthread_cond_wait(&turned, &mutex);
    turn = 1 - mine;
    pthread_cond_signal(&turned);
    pthread_mutex_unlock(&mutex);
  }
}

/* The first side begins: something for it to read is there. */
static void descriptor_side(struct side *side, size_t bytes) {
  uint64_t token = 1;
  for (long i = 0; i < side->count; i++) {
    if (read(reading[side->index], &token, bytes) != (ssize_t)bytes) fail("read", errno);
    if (write(writing[side->index], &token, bytes) != (ssize_t)bytes) fail("write", errno);
  }
}

static void pipe_side(struct side *side) { descriptor_side(side, 1); }
static void eventfd_side(struct side *side) { descriptor_side(side, sizeof(uint64_t)); }

/*
 * On one processor the owner gives way while it holds the mutex, so that the other one has to wait for it, and again when it has let it
 * go, so that the other one gets it. On two processors both just want it.
 */
static void mutex_side(struct side *side) {
  for (long i = 0; i < side->count; i++) {
    int error = pthread_mutex_lock(&mutex);
    if (error != 0) fail("pthread_mutex_lock", error);
    inside++;
    if (is_one_cpu) sched_yield();
    pthread_mutex_unlock(&mutex);
    if (is_one_cpu) sched_yield();
  }
}

static void (*side_function)(struct side *);

static void *side_main(void *argument) {
  struct side *side = argument;
  pin(cpus[side->index]);
  pthread_barrier_wait(&start_line);
  side->start_ns = now_ns();
  side_function(side);
  side->end_ns = now_ns();
  return NULL;
}

/* Nanoseconds in which both sides did `count` operations each. */
static double run_sides(long count) {
  struct side sides[2] = {{.index = 0, .count = count}, {.index = 1, .count = count}};
  pthread_t threads[2];
  turn = 0;
  inside = 0;
  for (int i = 0; i < 2; i++) {
    int error = pthread_create(&threads[i], NULL, side_main, &sides[i]);
    if (error != 0) fail("pthread_create", error);
  }
  for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
  if (side_function == mutex_side && inside != 2 * count) {
    fprintf(stderr, "the mutex did not exclude: %ld passages counted as %ld\n", 2 * count, inside);
    exit(1);
  }
  double start = sides[0].start_ns < sides[1].start_ns ? sides[0].start_ns : sides[1].start_ns;
  double end = sides[0].end_ns > sides[1].end_ns ? sides[0].end_ns : sides[1].end_ns;
  return end - start;
}

static void *created_main(void *argument) { return argument; }

static double run_creations(long count) {
  pthread_attr_t attributes;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpus[1], &set);
  pin(cpus[0]);
  pthread_attr_init(&attributes);
  pthread_attr_setaffinity_np(&attributes, sizeof set, &set);
  double start = now_ns();
  for (long i = 0; i < 2 * count; i++) {
    pthread_t thread;
    int error = pthread_create(&thread, &attributes, created_main, NULL);
    if (error != 0) fail("pthread_create", error);
    pthread_join(thread, NULL);
  }
  double elapsed = now_ns() - start;
  pthread_attr_destroy(&attributes);
  return elapsed;
}

static void open_pipes(void) {
  for (int i = 0; i < 2; i++) {
    int ends[2];
    if (pipe(ends) != 0) fail("pipe", errno);
    reading[i] = ends[0];
    writing[1 - i] = ends[1];
  }
  if (write(writing[1], "", 1) != 1) fail("write", errno);
}

static void open_events(void) {
  for (int i = 0; i < 2; i++) {
    int event = eventfd(i == 0 ? 1 : 0, 0);
    if (event < 0) fail("eventfd", errno);
    reading[i] = writing[1 - i] = event;
  }
}

static const struct part {
  const char *name, *title;
  void (*side)(struct side *);
  void (*prepare)(void);
} parts[] = {
    {"futex", "futex hand-over", futex_side, NULL},
    {"create", "thread create and join", NULL, NULL},
    {"mutex", "contended mutex", mutex_side, NULL},
    {"pipe", "pipe hand-over", pipe_side, open_pipes},
    {"eventfd", "eventfd hand-over", eventfd_side, open_events},
    {"condition", "condition variable hand-over", condition_side, NULL},
};

static void measure(const struct part *part) {
  double samples[RUNS];
  double (*run)(long) = part->side == NULL ? run_creations : run_sides;
  char title[96];
  long count = FIRST_COUNT;
  side_function = part->side;
  if (part->prepare != NULL) part->prepare();
  while (run(count) < LONG_ENOUGH_NS && count < MAX_COUNT) count *= 2;
  for (int i = 0; i < RUNS; i++) samples[i] = run(count) / (double)(2 * count);
  snprintf(title, sizeof title, "%s, %s", part->title, is_one_cpu ? "one processor" : "two processors");
  report(title, "ns", median(samples, RUNS));
}

int main(int argc, char **argv) {
  for (size_t i = 0; argc == 3 && i < sizeof parts / sizeof *parts; i++) {
    if (strcmp(argv[1], parts[i].name) != 0) continue;
    is_one_cpu = strcmp(argv[2], "one") == 0;
    find_cpus();
    pthread_barrier_init(&start_line, NULL, 2);
    measure(&parts[i]);
    return 0;
  }
  fprintf(stderr, "usage: threads futex|create|mutex|pipe|eventfd|condition one|two\n");
  return 1;
}
