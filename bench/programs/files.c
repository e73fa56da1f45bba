/*
 * Files of the working directory: `files PART SIZE`. Each part makes its own files and removes them.
 *
 *     sequential MIB     write the file, fsync, read it in blocks of 1 MiB and of 4 KiB
 *     random MIB         4 KiB at random places, by pread and through mmap
 *     small COUNT        make files of 200 bytes; open, read and close each; stat each; list the directory; remove them
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report.h"

enum { MIB = 1 << 20, BLOCK = 4096, SMALL_BYTES = 200, RANDOM_READS = 20000 };

static char buffer[MIB];

static uint64_t next_random(uint64_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return *state;
}

static int open_file(const char *name, int flags) {
  int file = open(name, flags, 0644);
  if (file < 0) fail(name, errno);
  return file;
}

static void write_whole(int file, long mib) {
  for (long i = 0; i < mib; i++) {
    memset(buffer, (int)(i + 1), sizeof buffer);
    if (write(file, buffer, sizeof buffer) != (ssize_t)sizeof buffer) fail("write", errno);
  }
}

static double read_whole(const char *name, size_t block) {
  int file = open_file(name, O_RDONLY);
  double start = now_ns();
  ssize_t count;
  while ((count = read(file, buffer, block)) > 0) continue;
  if (count < 0) fail("read", errno);
  double elapsed = now_ns() - start;
  close(file);
  return elapsed;
}

static void sequential(long mib) {
  int file = open_file("bench-data", O_CREAT | O_TRUNC | O_WRONLY);
  double start = now_ns();
  write_whole(file, mib);
  double written = now_ns();
  if (fsync(file) != 0) fail("fsync", errno);
  close(file);
  report("write, 1 MiB blocks", "MB/s", (double)mib * MIB * 1e3 / (written - start));
  report("read, 1 MiB blocks", "MB/s", (double)mib * MIB * 1e3 / read_whole("bench-data", MIB));
  report("read, 4 KiB blocks", "MB/s", (double)mib * MIB * 1e3 / read_whole("bench-data", BLOCK));
  unlink("bench-data");
}

static void random_reads(long mib) {
  int file = open_file("bench-data", O_CREAT | O_TRUNC | O_RDWR);
  write_whole(file, mib);
  if (fsync(file) != 0) fail("fsync", errno);
  uint64_t state = 88172645463325252u, blocks = (uint64_t)mib * MIB / BLOCK;
  double start = now_ns();
  for (long i = 0; i < RANDOM_READS; i++) {
    if (pread(file, buffer, BLOCK, (off_t)(next_random(&state) % blocks) * BLOCK) != BLOCK) fail("pread", errno);
  }
  report("pread of 4 KiB at random", "us", (now_ns() - start) / RANDOM_READS / 1e3);
  char *map = mmap(NULL, (size_t)mib * MIB, PROT_READ, MAP_SHARED, file, 0);
  if (map == MAP_FAILED) fail("mmap", errno);
  madvise(map, (size_t)mib * MIB, MADV_RANDOM);
  unsigned sum = 0;
  start = now_ns();
  for (long i = 0; i < RANDOM_READS; i++) sum += (unsigned char)map[next_random(&state) % blocks * BLOCK];
  report("a byte of a random page by mmap", "us", (now_ns() - start) / RANDOM_READS / 1e3);
  if (sum == 0) fail("the data is wrong", EIO);
  unlink("bench-data");
}

static void name_of(char *name, long i) { sprintf(name, "bench-small/%ld", i); }

static void make_small(long count) {
  char name[64];
  for (long i = 0; i < count; i++) {
    name_of(name, i);
    int file = open_file(name, O_CREAT | O_TRUNC | O_WRONLY);
    if (write(file, buffer, SMALL_BYTES) != SMALL_BYTES) fail("write", errno);
    close(file);
  }
}

static void small(long count) {
  char name[64];
  struct stat status;
  if (mkdir("bench-small", 0755) != 0 && errno != EEXIST) fail("mkdir", errno);
  double start = now_ns();
  make_small(count);
  report("make a file of 200 bytes", "us", (now_ns() - start) / (double)count / 1e3);
  start = now_ns();
  for (long i = 0; i < count; i++) {
    name_of(name, i);
    int file = open_file(name, O_RDONLY);
    if (read(file, buffer, sizeof buffer) != SMALL_BYTES) fail("read", errno);
    close(file);
  }
  report("open, read, close", "us", (now_ns() - start) / (double)count / 1e3);
  start = now_ns();
  for (long i = 0; i < count; i++) {
    name_of(name, i);
    if (stat(name, &status) != 0) fail("stat", errno);
  }
  report("stat", "us", (now_ns() - start) / (double)count / 1e3);
  start = now_ns();
  DIR *directory = opendir("bench-small");
  long entries = 0;
  while (directory != NULL && readdir(directory) != NULL) entries++;
  if (entries != count + 2) fail("readdir", EIO);
  closedir(directory);
  report("list a name", "us", (now_ns() - start) / (double)count / 1e3);
  start = now_ns();
  for (long i = 0; i < count; i++) {
    name_of(name, i);
    if (unlink(name) != 0) fail("unlink", errno);
  }
  report("remove a file", "us", (now_ns() - start) / (double)count / 1e3);
  rmdir("bench-small");
}

int main(int argc, char **argv) {
  const char *part = argc > 1 ? argv[1] : "";
  long size = argc > 2 ? atol(argv[2]) : 0;
  if (size > 0 && strcmp(part, "sequential") == 0) sequential(size);
  else if (size > 0 && strcmp(part, "random") == 0) random_reads(size);
  else if (size > 0 && strcmp(part, "small") == 0) small(size);
  else {
    fprintf(stderr, "usage: files sequential MIB | random MIB | small COUNT\n");
    return 2;
  }
  return 0;
}
