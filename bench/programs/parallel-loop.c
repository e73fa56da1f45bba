// The peer of parallel-loop.ts: what an OpenMP loop costs. Arguments: iterations of a loop, loops, threads.
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void increment(long size, double *values) {
#pragma omp parallel for schedule(static)
  for (long i = 0; i < size; i++) values[i] += 1;
}

int main(int argc, char **argv) {
  long size = argc > 1 ? atol(argv[1]) : 1000;
  long loops = argc > 2 ? atol(argv[2]) : 10000;
  if (argc > 3) omp_set_num_threads(atoi(argv[3]));
  double *values = calloc((size_t)size, sizeof *values);
  if (!values) return 1;
  increment(size, values);
  double start = now_ms();
  for (long i = 0; i < loops; i++) increment(size, values);
  double elapsed = now_ms() - start;
  double sum = 0;
  for (long i = 0; i < size; i++) sum += values[i];
  printf("sum %.0f\n", sum);
  fprintf(stderr, "%.3f ms\n", elapsed);
  return 0;
}
