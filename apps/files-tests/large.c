/*
 * Large reads and writes of files in the working directory, from and to memory of every kind: what a system moves without a copy of its own must
 * be what it would have copied. "ok" at the end, the same on Linux.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

enum { MIB = 1 << 20, HALF = MIB / 2, PAGE = 4096, BYTES = 3 * MIB + 123 };

#define CHECK(condition) ((condition) ? (void)0 : fail(#condition, __LINE__))

static void fail(const char *what, int line)
{
	printf("line %d: %s does not hold (%s)\n", line, what, strerror(errno));
	exit(1);
}

static unsigned char *content, *other;

static unsigned char *fresh(size_t bytes, int prot)
{
	unsigned char *memory = mmap(NULL, bytes, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(memory != MAP_FAILED);
	return memory;
}

static int make(const char *name)
{
	int file = open(name, O_CREAT | O_TRUNC | O_RDWR, 0644);

	CHECK(file >= 0);
	return file;
}

static long read_from(int file, long at, unsigned char *place, long most)
{
	long done = 0, count = 1;

	while (done < most && count > 0) {
		count = pread(file, place + done, most - done, at + done);
		CHECK(count >= 0);
		done += count;
	}
	return done;
}

/* Every alignment of memory and file, memory that was never touched and memory that was. */
static void reads_everywhere(int file)
{
	for (int shift = 0; shift < 3; shift++) {
		unsigned char *memory = fresh(BYTES + PAGE, PROT_READ | PROT_WRITE);

		CHECK(read_from(file, shift * 1000, memory + shift * 7, BYTES) == BYTES - shift * 1000);
		CHECK(memcmp(memory + shift * 7, content + shift * 1000, BYTES - shift * 1000) == 0);
		memset(memory, 1, BYTES);
		CHECK(read_from(file, 0, memory, MIB) == MIB && memcmp(memory, content, MIB) == 0);
		CHECK(memory[MIB] == 1);
		munmap(memory, BYTES + PAGE);
	}
}

static void stops_at_bad_memory(int file, int copy)
{
	unsigned char *memory = fresh(MIB, PROT_READ | PROT_WRITE);
	long count;

	CHECK(mprotect(memory + HALF, HALF, PROT_NONE) == 0);
	count = pread(file, memory, MIB, 0);
	CHECK(count > 0 && count <= HALF && memcmp(memory, content, count) == 0);
	memcpy(memory, content, HALF);
	count = pwrite(copy, memory, MIB, 0);
	CHECK(count > 0 && count <= HALF && lseek(copy, 0, SEEK_END) == count);
	CHECK(read_from(copy, 0, other, MIB) == count && memcmp(other, content, count) == 0);
	CHECK(pread(file, memory + HALF, HALF, 0) == -1 && errno == EFAULT);
	CHECK(pwrite(copy, memory + HALF, HALF, 0) == -1 && errno == EFAULT);
	CHECK(mprotect(memory, MIB, PROT_READ) == 0);
	CHECK(pread(file, memory, MIB, 0) == -1 && errno == EFAULT);
	CHECK(memcmp(memory, content, HALF) == 0);
	munmap(memory, MIB);
}

/* Memory that is a file, private and shared, and the very file that is read or written. */
static void uses_mappings(int file, int copy)
{
	unsigned char *map, *private;

	CHECK(ftruncate(copy, BYTES) == 0);
	map = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, copy, 0);
	private = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
	CHECK(map != MAP_FAILED && private != MAP_FAILED);
	CHECK(read_from(file, 0, map, BYTES) == BYTES && memcmp(map, content, BYTES) == 0);
	CHECK(msync(map, BYTES, MS_SYNC) == 0);
	CHECK(read_from(copy, 0, other, BYTES) == BYTES && memcmp(other, content, BYTES) == 0);
	CHECK(read_from(file, 100, private, MIB) == MIB && memcmp(private, content + 100, MIB) == 0);
	CHECK(memcmp(private + MIB, content + MIB, BYTES - MIB) == 0);
	CHECK(read_from(file, 0, other, MIB) == MIB && memcmp(other, content, MIB) == 0);
	CHECK(pwrite(copy, map + MIB, MIB, 0) == MIB && memcmp(map, content + MIB, MIB) == 0);
	CHECK(read_from(copy, 0, other, MIB) == MIB && memcmp(other, content + MIB, MIB) == 0);
	munmap(map, BYTES);
	munmap(private, BYTES);
}

static void uses_pieces(int file, int copy)
{
	struct iovec pieces[3] = {{other, 100}, {other + 200, MIB}, {other + 2 * MIB, MIB}};

	CHECK(ftruncate(copy, 0) == 0);
	CHECK(preadv(file, pieces, 3, 50) == 100 + 2 * MIB);
	CHECK(memcmp(other, content + 50, 100) == 0 && memcmp(other + 200, content + 150, MIB) == 0);
	CHECK(memcmp(other + 2 * MIB, content + 150 + MIB, MIB) == 0);
	CHECK(pwritev(copy, pieces, 3, 10) == 100 + 2 * MIB);
	CHECK(read_from(copy, 10, other, BYTES) == 100 + 2 * MIB && memcmp(other, content + 50, 100 + 2 * MIB) == 0);
}

/* Pages of the file that are here already, and dirty ones, lie in the way of a large read. */
static void meets_pages(int file)
{
	unsigned char *map = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);

	CHECK(map != MAP_FAILED);
	map[HALF] = content[HALF] ^= 0xff;
	CHECK(read_from(file, 0, other, BYTES) == BYTES && memcmp(other, content, BYTES) == 0);
	CHECK(pwrite(file, content + HALF - 10, MIB, HALF - 10) == MIB);
	CHECK(map[HALF] == content[HALF] && memcmp(map, content, BYTES) == 0);
	munmap(map, BYTES);
}

int main(void)
{
	int file = make("large-1"), copy = make("large-2");

	content = malloc(BYTES);
	other = malloc(BYTES);
	for (long i = 0; i < BYTES; i++) content[i] = (unsigned char)(i * 7 + (i >> 8) + (i >> 16));
	CHECK(write(file, content, BYTES) == BYTES);
	reads_everywhere(file);
	stops_at_bad_memory(file, copy);
	uses_mappings(file, copy);
	uses_pieces(file, copy);
	meets_pages(file);
	CHECK(unlink("large-1") == 0 && unlink("large-2") == 0);
	printf("ok\n");
	return 0;
}
