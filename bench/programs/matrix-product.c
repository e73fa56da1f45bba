// The peer of examples/matrix-product.ts: the same computation in C with OpenMP. Arguments: rows, threads.
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void multiply(long row, long n, const double *a, const double *b, double *c) {
  long here = row * n, k = 0;
  for (; k + 4 <= n; k += 4) {
    double a0 = a[here + k], a1 = a[here + k + 1], a2 = a[here + k + 2], a3 = a[here + k + 3];
    long there = k * n;
    for (long j = 0; j < n; j++)
      c[here + j] += a0 * b[there + j] + a1 * b[there + n + j] + (a2 * b[there + 2 * n + j] + a3 * b[there + 3 * n + j]);
  }
  for (; k < n; k++) {
    double factor = a[here + k];
    for (long j = 0; j < n; j++) c[here + j] += factor * b[k * n + j];
  }
}

int main(int argc, char **argv) {
  long size = argc > 1 ? atol(argv[1]) : 256;
  if (argc > 2) omp_set_num_threads(atoi(argv[2]));
  size_t count = (size_t)(size * size);
  double *a = calloc(count, sizeof *a);
  double *b = calloc(count, sizeof *b);
  double *c = calloc(count, sizeof *c);
  if (!a || !b || !c) return 1;
#pragma omp parallel for schedule(static)
  for (long row = 0; row < size; row++) {
    for (long j = 0; j < size; j++) {
      a[row * size + j] = (double)((row * 7 + j * 3) % 11) - 5;
      b[row * size + j] = (double)((row * 5 + j * 2) % 13) / 8;
    }
  }
  double start = now_ms();
#pragma omp parallel for schedule(static)
  for (long row = 0; row < size; row++) multiply(row, size, a, b, c);
  double elapsed = now_ms() - start;
  double sum = 0;
  for (size_t i = 0; i < count; i++) sum += c[i] * (double)(i % 7 + 1);
  printf("%ld x %ld: sum %.6f\n", size, size, sum);
  fprintf(stderr, "%.3f ms\n", elapsed);
  return 0;
}
