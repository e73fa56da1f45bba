/*
 * What the simplest services of the system cost, in cycles of the time-stamp counter: the fewest, which is the cost when nothing
 * comes between, and the median. Calls are measured a hundred at a time, because reading the counter costs as much as a cheap call.
 *
 * Memory: a page's first touch costs the guest's page fault, and where the machine's memory is new, too, the fault of the host
 * below it. So everything is touched twice: memory that is fresh, and memory that this program had before and gave back, which
 * the host need not supply again. The difference of the two says what the host's page fault costs.
 * Pages are measured 2 MiB at a time, because a system may answer a fault with more than the one page that was asked for.
 */
#define _GNU_SOURCE
#include <malloc.h>
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>
#include <x86intrin.h>

#include "report.h"

enum { CALL_SAMPLES = 500, CALLS = 100, BLOCK_SAMPLES = 500, CHUNKS = 32, REUSES = 3 };
/* Linux 5.14; older headers lack it. */
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif
#define BLOCK_BYTES (1024 * 1024)
#define SMALL_PAGE 4096L
#define LARGE_PAGE (2 * 1024 * 1024L)
/* Below this size malloc does not ask the system each time. */
#define SYSTEM_FROM_BYTES (128 * 1024)

static double samples[CALL_SAMPLES];

static void report_cycles_of(const char *name, double *values, long count) {
  char text[128];
  double middle = median(values, count);
  snprintf(text, sizeof text, "%s, fewest", name);
  report(text, "cycles", values[0]);
  snprintf(text, sizeof text, "%s, median", name);
  report(text, "cycles", middle);
}

static void report_cycles(const char *name, long count) { report_cycles_of(name, samples, count); }

static void call_getpid(void) { getpid(); }
static void call_gettid(void) { gettid(); }
static void call_sched_yield(void) { sched_yield(); }
static void call_clock_gettime(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
}

/* malloc writes the size before the block, so the first page is touched; free gives the block back to the system. */
static void call_malloc(void) {
  char *volatile block = malloc(BLOCK_BYTES);
  if (block == NULL) fail("malloc of 1 MiB", errno);
  free(block);
}

static void measure_calls(const char *name, void (*call)(void), long count, long calls_per_sample) {
  for (long i = 0; i < calls_per_sample; i++) call();
  for (long sample = 0; sample < count; sample++) {
    uint64_t start = __rdtsc();
    for (long i = 0; i < calls_per_sample; i++) call();
    samples[sample] = (double)(__rdtsc() - start) / (double)calls_per_sample;
  }
  report_cycles(name, count);
}

/* Aligned to 2 MiB: a margin of one large page is mapped as well. */
static char *map_chunks(int advice, int flags, char **mapping) {
  size_t bytes = (size_t)(CHUNKS + 1) * LARGE_PAGE;
  *mapping = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
  if (*mapping == MAP_FAILED) fail("mmap of 66 MiB", errno);
  if (advice >= 0 && madvise(*mapping, bytes, advice) != 0) fail("madvise about large pages", errno);
  return (char *)(((uintptr_t)*mapping + LARGE_PAGE - 1) & ~(uintptr_t)(LARGE_PAGE - 1));
}

/* Touches each chunk's pages at this distance and takes one sample a chunk: cycles of one touch. */
static void touch_chunks(char *chunks, long first, long distance) {
  for (long chunk = 0; chunk < CHUNKS; chunk++) {
    volatile char *at = chunks + chunk * LARGE_PAGE;
    uint64_t start = __rdtsc();
    for (long offset = first; offset < LARGE_PAGE; offset += distance) at[offset] = 1;
    samples[chunk] = (double)(__rdtsc() - start) / (double)((LARGE_PAGE - first + distance - 1) / distance);
  }
}

static void unmap_chunks(char *mapping) {
  if (munmap(mapping, (size_t)(CHUNKS + 1) * LARGE_PAGE) != 0) fail("munmap", errno);
}

static double measure_touch(const char *name, int advice, long page) {
  char *mapping;
  char *chunks = map_chunks(advice, 0, &mapping);
  touch_chunks(chunks, 0, page);
  double middle = median(samples, CHUNKS);
  if (name != NULL) report_cycles(name, CHUNKS);
  unmap_chunks(mapping);
  return middle;
}

/* What a program pays for clearing a page that it has; a kernel does it as fast or faster. */
static double measure_clearing(const char *name, int advice, long page) {
  char *mapping;
  char *chunks = map_chunks(advice, 0, &mapping);
  touch_chunks(chunks, 0, page);
  for (long chunk = 0; chunk < CHUNKS; chunk++) {
    uint64_t start = __rdtsc();
    memset(chunks + chunk * LARGE_PAGE, 0, LARGE_PAGE);
    samples[chunk] = (double)(__rdtsc() - start) / (double)(LARGE_PAGE / page);
  }
  double middle = median(samples, CHUNKS);
  report_cycles(name, CHUNKS);
  unmap_chunks(mapping);
  return middle;
}

/*
 * The host's page fault is in the fresh touch only. The system's clearing is in the other one, and in the fresh one as well unless the
 * system knows that new memory is zero already. Which of the two holds is not visible from here, so there are two bounds.
 */
static void measure_pages(const char *page_name, int advice, long page) {
  char text[96];
  snprintf(text, sizeof text, "first touch of %s, fresh memory", page_name);
  double fresh = measure_touch(text, advice, page);
  for (int i = 1; i < REUSES; i++) measure_touch(NULL, advice, page);
  snprintf(text, sizeof text, "first touch of %s, memory used before", page_name);
  double used = measure_touch(text, advice, page);
  snprintf(text, sizeof text, "clearing %s", page_name);
  double clearing = measure_clearing(text, advice, page);
  snprintf(text, sizeof text, "host's page fault for %s, at least", page_name);
  report(text, "cycles", fresh - used);
  snprintf(text, sizeof text, "host's page fault for %s, at most", page_name);
  report(text, "cycles", fresh - used + clearing);
}

/* Whether a touch gave 2 MiB: if it did, the other 4 KiB pages of the same 2 MiB cost next to nothing. */
static void measure_rest_of_large_pages(void) {
  char *mapping;
  char *chunks = map_chunks(MADV_HUGEPAGE, 0, &mapping);
  touch_chunks(chunks, 0, LARGE_PAGE);
  touch_chunks(chunks, SMALL_PAGE, SMALL_PAGE);
  report_cycles("touch of 4 KiB, 2 MiB around it touched before", CHUNKS);
  unmap_chunks(mapping);
}

/* No page fault of the system: what the first touch costs then is the host's; the second one costs caches and the TLB alone. */
static void measure_populated(void) {
  char *mapping;
  char *chunks = map_chunks(-1, MAP_POPULATE, &mapping);
  touch_chunks(chunks, 0, SMALL_PAGE);
  report_cycles("first touch of 4 KiB that MAP_POPULATE mapped", CHUNKS);
  touch_chunks(chunks, 0, SMALL_PAGE);
  report_cycles("second touch of the same 4 KiB", CHUNKS);
  unmap_chunks(mapping);
}

/*
 * The same with pages of one size. A hypervisor that keeps tables of its own beside the guest's has to find each page there, at its first
 * touch. With fresh memory it knows nothing yet, and no guest's kernel can make a first touch cheaper than this: the system's own page fault
 * and clearing come on top. With memory used before it shows whether the hypervisor could keep what it knew.
 */
static void measure_populated_as(const char *page_name, const char *memory, int advice, long page) {
  char *mapping, text[96];
  char *chunks = map_chunks(advice, 0, &mapping);
  if (madvise(chunks, CHUNKS * LARGE_PAGE, MADV_POPULATE_WRITE) != 0) fail("madvise(MADV_POPULATE_WRITE)", errno);
  touch_chunks(chunks, 0, page);
  snprintf(text, sizeof text, "first touch of %s that MADV_POPULATE_WRITE mapped, %s", page_name, memory);
  report_cycles(text, CHUNKS);
  unmap_chunks(mapping);
}

static void measure_all_populated(void) {
  measure_populated_as("4 KiB", "fresh memory", MADV_NOHUGEPAGE, SMALL_PAGE);
  measure_populated_as("4 KiB", "memory used before", MADV_NOHUGEPAGE, SMALL_PAGE);
  measure_populated_as("2 MiB", "memory used before", MADV_HUGEPAGE, LARGE_PAGE);
  measure_populated();
}

/*
 * What malloc of 1 MiB and free are made of. Untouched memory costs the system's own work alone; memory that was touched must be taken away
 * from the processor as well, and a hypervisor below may have a part in that, as in the first touch.
 */
static void measure_mapping_parts(void) {
  static double mapped[BLOCK_SAMPLES], touched[BLOCK_SAMPLES], unmapped[BLOCK_SAMPLES];
  for (long i = 0; i < BLOCK_SAMPLES; i++) {
    uint64_t start = __rdtsc();
    char *volatile block = mmap(NULL, BLOCK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uint64_t there = __rdtsc();
    if (block == MAP_FAILED) fail("mmap of 1 MiB", errno);
    *block = 1;
    uint64_t used = __rdtsc();
    if (munmap(block, BLOCK_BYTES) != 0) fail("munmap of 1 MiB", errno);
    uint64_t end = __rdtsc();
    mapped[i] = (double)(there - start);
    touched[i] = (double)(used - there);
    unmapped[i] = (double)(end - used);
  }
  report_cycles_of("  its parts: mmap of 1 MiB", mapped, BLOCK_SAMPLES);
  report_cycles_of("  its parts: first touch of that", touched, BLOCK_SAMPLES);
  report_cycles_of("  its parts: munmap of that", unmapped, BLOCK_SAMPLES);
}

static void call_map_untouched(void) {
  char *block = mmap(NULL, BLOCK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (block == MAP_FAILED || munmap(block, BLOCK_BYTES) != 0) fail("mmap and munmap of 1 MiB", errno);
}

static void measure_malloc(void) {
  /* The limit from which malloc maps memory does not grow with what is freed. */
  mallopt(M_MMAP_THRESHOLD, SYSTEM_FROM_BYTES);
  measure_calls("malloc of 1 MiB and free", call_malloc, BLOCK_SAMPLES, 1);
  measure_mapping_parts();
  measure_calls("mmap and munmap of 1 MiB, untouched", call_map_untouched, BLOCK_SAMPLES, 1);
  /* Memory that free keeps has its pages. */
  mallopt(M_MMAP_THRESHOLD, 4 * BLOCK_BYTES);
  mallopt(M_TRIM_THRESHOLD, 4 * BLOCK_BYTES);
  measure_calls("malloc of 1 MiB and free, memory kept", call_malloc, BLOCK_SAMPLES, 1);
}

static void measure_nothing(void) {
  for (long i = 0; i < CALL_SAMPLES; i++) {
    uint64_t start = __rdtsc();
    samples[i] = (double)(__rdtsc() - start);
  }
  report_cycles("reading the counter twice", CALL_SAMPLES);
}

static void measure_all_calls(void) {
  measure_nothing();
  measure_calls("getpid", call_getpid, CALL_SAMPLES, CALLS);
  measure_calls("gettid", call_gettid, CALL_SAMPLES, CALLS);
  measure_calls("sched_yield", call_sched_yield, CALL_SAMPLES, CALLS);
  measure_calls("clock_gettime", call_clock_gettime, CALL_SAMPLES, CALLS);
  measure_malloc();
}

/* Each kind of pages is a run of its own: what is fresh for one of them would be used before for another. */
int main(int argc, char **argv) {
  const char *part = argc == 2 ? argv[1] : "";
  if (strcmp(part, "calls") == 0) {
    measure_all_calls();
  } else if (strcmp(part, "small-pages") == 0) {
    measure_pages("4 KiB", MADV_NOHUGEPAGE, SMALL_PAGE);
  } else if (strcmp(part, "populated-pages") == 0) {
    measure_all_populated();
  } else if (strcmp(part, "large-pages") == 0) {
    measure_pages("2 MiB", MADV_HUGEPAGE, LARGE_PAGE);
    measure_rest_of_large_pages();
  } else {
    fprintf(stderr, "usage: basic calls|small-pages|populated-pages|large-pages\n");
    return 1;
  }
  return 0;
}
