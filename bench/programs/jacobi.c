// The peer of examples/jacobi.ts: the same computation in C with OpenMP. Arguments: points along an edge, steps, threads.
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void relax(long row, long n, const double *from, double *to) {
  long here = row * n;
  for (long j = 1; j < n - 1; j++)
    to[here + j] = 0.25 * (from[here + j - 1] + from[here + j + 1] + from[here - n + j] + from[here + n + j]);
}

int main(int argc, char **argv) {
  long size = argc > 1 ? atol(argv[1]) : 512;
  long steps = argc > 2 ? atol(argv[2]) : 100;
  if (argc > 3) omp_set_num_threads(atoi(argv[3]));
  double *from = calloc((size_t)(size * size), sizeof *from);
  double *to = calloc((size_t)(size * size), sizeof *to);
  if (!from || !to) return 1;
#pragma omp parallel for schedule(static)
  for (long row = 0; row < size; row++) {
    double hot = row == 0 ? 100 : 0;
    for (long j = 0; j < size; j++) from[row * size + j] = to[row * size + j] = hot;
  }
  double start = now_ms();
  for (long step = 0; step < steps; step++) {
#pragma omp parallel for schedule(static)
    for (long row = 1; row < size - 1; row++) relax(row, size, from, to);
    double *swap = from;
    from = to;
    to = swap;
  }
  double elapsed = now_ms() - start;
  double sum = 0;
  for (long i = 0; i < size * size; i++) sum += from[i];
  printf("%ld x %ld, %ld steps: sum %.6f\n", size, size, steps, sum);
  fprintf(stderr, "%.3f ms\n", elapsed);
  return 0;
}
