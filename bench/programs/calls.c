/*
 * What a system call costs: the fewest cycles of many calls, which is the cost when nothing comes between. Prints `name cycles` lines.
 * C, because the same instructions must run on Linux and in the guest: libc's wrapper and its system call.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>
#include <x86intrin.h>

enum { ROUNDS = 200, CALLS = 100 };

static void call_getpid(void) { getpid(); }
static void call_sched_yield(void) { sched_yield(); }

static void measure(const char *name, void (*call)(void)) {
  uint64_t best = UINT64_MAX;
  for (int round = 0; round < ROUNDS; round++) {
    uint64_t start = __rdtsc();
    for (int i = 0; i < CALLS; i++) call();
    uint64_t cycles = (__rdtsc() - start) / CALLS;
    if (cycles < best) best = cycles;
  }
  printf("%s %llu\n", name, (unsigned long long)best);
}

int main(void) {
  measure("getpid", call_getpid);
  measure("sched_yield", call_sched_yield);
  return 0;
}
