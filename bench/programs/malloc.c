/*
 * malloc and free in many threads: `malloc THREADS OPERATIONS`. Each thread keeps a table of blocks and replaces a random one each time;
 * every fourth time it swaps its new block with one in a table that all share, so that it frees what another thread allocated.
 * One operation is one malloc and one free. The first and the last byte of a block are written and checked when it is freed.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>

#include "report.h"

enum { MAX_THREADS = 64, SLOTS = 512, SHARED_SLOTS = 256, LARGEST_BYTES = 4096, SHARE_EVERY = 4 };

struct block {
  size_t bytes;
  uint8_t data[];
};

static _Atomic(struct block *) shared[SHARED_SLOTS];
static long operations;
static pthread_barrier_t start_line;

static uint32_t next_random(uint32_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 17;
  *state ^= *state << 5;
  return *state;
}

static struct block *allocate(size_t bytes) {
  struct block *block = malloc(sizeof *block + bytes);
  if (block == NULL) fail("malloc", errno);
  block->bytes = bytes;
  block->data[0] = block->data[bytes - 1] = (uint8_t)bytes;
  return block;
}

static void release(struct block *block) {
  if (block == NULL) return;
  if (block->data[0] != (uint8_t)block->bytes || block->data[block->bytes - 1] != (uint8_t)block->bytes) {
    fprintf(stderr, "malloc: a block was overwritten\n");
    exit(1);
  }
  free(block);
}

static void *worker(void *argument) {
  struct block *slots[SLOTS] = {0};
  uint32_t random = (uint32_t)(uintptr_t)argument * 2654435761u + 1;
  double *start_ns = malloc(sizeof *start_ns);
  if (start_ns == NULL) fail("malloc", errno);
  pthread_barrier_wait(&start_line);
  *start_ns = now_ns();
  for (long i = 0; i < operations; i++) {
    struct block *block = allocate(1 + next_random(&random) % LARGEST_BYTES);
    uint32_t slot = next_random(&random);
    if (i % SHARE_EVERY == 0) block = atomic_exchange(&shared[slot % SHARED_SLOTS], block);
    struct block *old = slots[slot / SHARED_SLOTS % SLOTS];
    slots[slot / SHARED_SLOTS % SLOTS] = block;
    release(old);
  }
  for (int i = 0; i < SLOTS; i++) release(slots[i]);
  return start_ns;
}

int main(int argc, char **argv) {
  long threads = argc == 3 ? atol(argv[1]) : 0;
  pthread_t ids[MAX_THREADS];
  operations = argc == 3 ? atol(argv[2]) : 0;
  if (threads < 1 || threads > MAX_THREADS || operations < 1) {
    fprintf(stderr, "usage: malloc THREADS OPERATIONS\n");
    return 1;
  }
  pthread_barrier_init(&start_line, NULL, (unsigned)threads);
  for (long i = 0; i < threads; i++) {
    int error = pthread_create(&ids[i], NULL, worker, (void *)(i + 1));
    if (error != 0) fail("pthread_create", error);
  }
  double start = 1e300;
  for (long i = 0; i < threads; i++) {
    void *started;
    pthread_join(ids[i], &started);
    if (*(double *)started < start) start = *(double *)started;
    free(started);
  }
  report("malloc and free", "op/s", (double)(threads * operations) / ((now_ns() - start) / 1e9));
  return 0;
}
