/*
 * Large reads and writes of files of the working directory from and to one buffer, while all threads take the buffer's pages away, protect them,
 * move them and put others in their place. What a transfer touches is the buffer's at that time, and nothing else, ever:
 *
 *  - memory that a thread has fresh is zero, and keeps what it writes there, though it was the buffer's a moment ago;
 *  - a part of the buffer that has been made read-only, or moved away, does not change any more;
 *  - a file that a part of the buffer maps privately stays as it is;
 *  - what is written to a file has been in the buffer.
 */
#include "stress.h"
#include <pthread.h>
#include <sys/mman.h>

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif

enum { PAGE = 4096, CHUNK = 128 << 10, CHUNKS = 8, BYTES = CHUNK * CHUNKS, LEAST = 64 << 10, STEPS = 48, LOOKS = 3 };

/* The upper half of each word says whose it is, the lower one where it belongs. */
#define READ_TAG 0x5ead0000ull
#define MAPPED_TAG 0x3a990000ull
#define OWN_TAG 0x0c000000ull

static uint64_t word_of(uint64_t tag, size_t index)
{
	return tag << 32 | index;
}

struct chunk {
	pthread_mutex_t lock;
	int is_mapped_file;
};

static unsigned char *buffer;
static struct chunk chunks[CHUNKS];
static int read_file, written_file, mapped_file;

static int make_file(uint64_t tag, uint64_t *words)
{
	char name[] = "stress-transfers-XXXXXX";
	int file = mkstemp(name);

	NEED(file >= 0);
	NEED_EQUAL(unlink(name), 0);
	for (size_t index = 0; index < BYTES / sizeof *words; index++)
		words[index] = word_of(tag, index);
	for (size_t done = 0; done < BYTES;) {
		ssize_t count = pwrite(file, (char *)words + done, BYTES - done, (off_t)done);
		NEED(count > 0);
		done += (size_t)count;
	}
	return file;
}

static void *fresh(size_t bytes)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	NEED(memory != MAP_FAILED);
	return memory;
}

/*
 * What stands in the buffer: nothing, the file that is read, or the one that is mapped. A transfer to it while another one reads from it copies
 * bytes, so a word may be of two of them.
 */
static void check_buffer_word(uint64_t word)
{
	for (unsigned shift = 32; shift < 64; shift += 8) {
		unsigned byte = word >> shift & 0xff;

		if (byte != 0 && byte != (READ_TAG << 32 >> shift & 0xff) && byte != (MAPPED_TAG << 32 >> shift & 0xff))
			FAIL("a word is %llx", (unsigned long long)word);
	}
}

static void transfer(struct random *random)
{
	size_t bytes = LEAST + random_below(random, BYTES - LEAST + 1), start = random_below(random, (uint32_t)(BYTES - bytes + 1));
	off_t place = (off_t)random_below(random, (uint32_t)(BYTES - bytes + 1));
	int is_write = random_below(random, 3) == 0;
	ssize_t count;

	/* Words stay at their places. */
	start &= ~(size_t)7;
	place &= ~(off_t)7;
	bytes &= ~(size_t)7;
	count = is_write ? pwrite(written_file, buffer + start, bytes, place) : pread(read_file, buffer + start, bytes, place);
	if (count < 0)
		NEED_EQUAL(errno, EFAULT);
	else
		NEED(count > 0 && (size_t)count <= bytes);
}

static void must_not_change(const unsigned char *part, const unsigned char *seen)
{
	for (int look = 0; look < LOOKS; look++) {
		sched_yield();
		NEED_EQUAL(memcmp(part, seen, CHUNK), 0);
	}
}

static void protect(unsigned char *part, unsigned char *seen)
{
	NEED_EQUAL(mprotect(part, CHUNK, PROT_READ), 0);
	memcpy(seen, part, CHUNK);
	must_not_change(part, seen);
	NEED_EQUAL(mprotect(part, CHUNK, PROT_READ | PROT_WRITE), 0);
}

/* The old place stays the buffer's, without its pages. */
static void move_away(unsigned char *part, unsigned char *seen)
{
	unsigned char *moved = mremap(part, CHUNK, CHUNK, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL);

	NEED(moved != MAP_FAILED && moved != part);
	memcpy(seen, moved, CHUNK);
	must_not_change(moved, seen);
	NEED_EQUAL(munmap(moved, CHUNK), 0);
}

static void replace(struct chunk *chunk, unsigned char *part, int is_file)
{
	int flags = MAP_PRIVATE | MAP_FIXED | (is_file ? 0 : MAP_ANONYMOUS);

	NEED(mmap(part, CHUNK, PROT_READ | PROT_WRITE, flags, is_file ? mapped_file : -1, is_file ? part - buffer : 0) == part);
	chunk->is_mapped_file = is_file;
}

static void disturb(struct random *random, unsigned char *seen)
{
	unsigned index = random_below(random, CHUNKS);
	struct chunk *chunk = &chunks[index];
	unsigned char *part = buffer + (size_t)index * CHUNK;

	if (pthread_mutex_trylock(&chunk->lock) != 0)
		return;
	switch (random_below(random, 7)) {
	case 0:
		protect(part, seen);
		break;
	case 1:
		NEED_EQUAL(mprotect(part, CHUNK, PROT_NONE), 0);
		sched_yield();
		NEED_EQUAL(mprotect(part, CHUNK, PROT_READ | PROT_WRITE), 0);
		break;
	case 2:
		if (!chunk->is_mapped_file) {
			move_away(part, seen);
			break;
		}
		/* fall through */
	case 3:
		replace(chunk, part, 0);
		break;
	case 4:
		replace(chunk, part, 1);
		break;
	default:
		NEED_EQUAL(madvise(part, CHUNK, MADV_DONTNEED), 0);
	}
	NEED_EQUAL(pthread_mutex_unlock(&chunk->lock), 0);
}

/* Memory that may have been the buffer's until now. */
static void use_fresh_memory(struct worker *self)
{
	size_t count = CHUNK / sizeof(uint64_t);
	volatile uint64_t *words = fresh(CHUNK);
	uint64_t tag = OWN_TAG + self->index;

	for (size_t index = 0; index < count; index += 64) {
		NEED_EQUAL(words[index], 0);
		words[index] = word_of(tag, index);
	}
	for (int look = 0; look < LOOKS; look++) {
		sched_yield();
		for (size_t index = 0; index < count; index++)
			NEED_EQUAL(words[index], index % 64 == 0 ? word_of(tag, index) : 0);
	}
	NEED_EQUAL(munmap((void *)words, CHUNK), 0);
}

static void *work(void *argument)
{
	struct worker *self = argument;
	unsigned char *seen = fresh(CHUNK);

	for (unsigned step = 0; step < STEPS; step++) {
		unsigned choice = random_below(&self->random, 4);

		if (choice < 2)
			transfer(&self->random);
		else if (choice == 2)
			disturb(&self->random, seen);
		else
			use_fresh_memory(self);
	}
	NEED_EQUAL(munmap(seen, CHUNK), 0);
	return NULL;
}

static void check_file(int file, uint64_t *words, uint64_t tag)
{
	for (size_t done = 0; done < BYTES;) {
		ssize_t count = pread(file, (char *)words + done, BYTES - done, (off_t)done);
		NEED(count > 0);
		done += (size_t)count;
	}
	for (size_t index = 0; index < BYTES / sizeof *words; index++) {
		if (tag != 0)
			NEED_EQUAL(words[index], word_of(tag, index));
		else
			check_buffer_word(words[index]);
	}
}

static void round_of_transfers(uint64_t round)
{
	uint64_t *words = fresh(BYTES);

	read_file = make_file(READ_TAG, words);
	written_file = make_file(READ_TAG, words);
	mapped_file = make_file(MAPPED_TAG, words);
	buffer = fresh(BYTES);
	for (unsigned index = 0; index < CHUNKS; index++) {
		NEED_EQUAL(pthread_mutex_init(&chunks[index].lock, NULL), 0);
		chunks[index].is_mapped_file = 0;
	}
	run_workers(round, work);
	for (size_t index = 0; index < BYTES / sizeof *words; index++)
		check_buffer_word(((uint64_t *)buffer)[index]);
	check_file(read_file, words, READ_TAG);
	check_file(mapped_file, words, MAPPED_TAG);
	check_file(written_file, words, 0);
	NEED_EQUAL(close(read_file) | close(written_file) | close(mapped_file), 0);
	NEED_EQUAL(munmap(buffer, BYTES), 0);
	NEED_EQUAL(munmap(words, BYTES), 0);
}

int main(int argc, char **argv)
{
	return stress(argc, argv, round_of_transfers);
}
