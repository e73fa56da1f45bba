/*
 * How the programs of `npm run bench` tell what they measured: one line a number, `name TAB unit TAB value`, and for what is not
 * possible here one sentence on stderr and exit status 1. The same binary runs on Linux and in the guest.
 */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Results are kept when the program ends badly later: stdout may be a pipe, which is not flushed then. */
static inline void report(const char *name, const char *unit, double value) {
  printf("%s\t%s\t%.3f\n", name, unit, value);
  fflush(stdout);
}

static inline _Noreturn void fail(const char *what, int error) {
  fprintf(stderr, "%s: %s\n", what, strerror(error));
  exit(1);
}

static inline double now_ns(void) {
  struct timespec now;
  if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) fail("clock_gettime", errno);
  return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static inline int compare_doubles(const void *left, const void *right) {
  double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

/* Sorts the samples. */
static inline double median(double *samples, long count) {
  qsort(samples, (size_t)count, sizeof *samples, compare_doubles);
  return count % 2 == 1 ? samples[count / 2] : (samples[count / 2 - 1] + samples[count / 2]) / 2;
}

#endif
