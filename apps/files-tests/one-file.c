/*
 * One file, read, written, mapped, cut off and made longer at random, against a copy in memory: in the manner of fsx.
 *
 * Two descriptors and one shared mapping of the greatest size stay open over many operations, so that what one way to the file
 * writes must be seen through the others. What the file system refuses as not supported (holes, exchange of ranges) is done by
 * writing zeros, so that the file is the same everywhere.
 */
#include "model.h"
#include <sys/mman.h>
#include <sys/uio.h>

enum { MAX_SIZE = 256 << 10, MAX_RUN = 48 << 10, PAGE = 4096, FULL_CHECK_EVERY = 500 };

static const char name[] = "one-file.data", other_name[] = "one-file.moved";
static unsigned char model[MAX_SIZE], buffer[MAX_SIZE];
static size_t size;
static int file = -1, reader = -1;
static unsigned char *shared;
static uint32_t seen = CHECKSUM_START;

/* Offsets and lengths like edges: of pages, of the file, or anywhere. */
static size_t random_offset(size_t limit)
{
	size_t offset = random_below((uint32_t)limit + 1);

	if (random_below(4) == 0)
		offset = offset / PAGE * PAGE;
	else if (random_below(6) == 0)
		offset = size < limit ? size : limit;
	return offset;
}

static size_t random_length(size_t limit)
{
	size_t length = random_below(3) == 0 ? random_below(64) : random_below(MAX_RUN);

	if (random_below(6) == 0)
		length = (length + PAGE - 1) / PAGE * PAGE;
	return length < limit ? length : limit;
}

static void fill(unsigned char *bytes, size_t count)
{
	uint32_t value = random_below(1u << 30);

	for (size_t index = 0; index < count; index++)
		bytes[index] = (unsigned char)((value += 0x9e3779b9u) >> 24);
}

static void compare(const unsigned char *bytes, size_t offset, size_t count)
{
	for (size_t index = 0; index < count; index++)
		if (bytes[index] != model[offset + index])
			FAIL("byte %zu of %zu is 0x%02x, not 0x%02x (range %zu+%zu)", offset + index, size, bytes[index],
			     model[offset + index], offset, count);
	seen = checksum(seen, bytes, count < 64 ? count : 64);
}

static void grow_to(size_t end)
{
	if (end > size)
		size = end;
}

static void cut_model(size_t length)
{
	if (length < size)
		memset(model + length, 0, size - length);
	size = length;
}

static void map_again(void)
{
	if (shared)
		NEED(munmap(shared, MAX_SIZE) == 0);
	shared = mmap(NULL, MAX_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	NEED(shared != MAP_FAILED);
}

static void open_all(int flags)
{
	NEED((file = open(name, O_RDWR | flags, 0644)) >= 0);
	NEED((reader = open(name, O_RDONLY)) >= 0);
	map_again();
}

static void close_all(void)
{
	NEED(munmap(shared, MAX_SIZE) == 0);
	shared = NULL;
	NEED(close(file) == 0);
	NEED(close(reader) == 0);
}

static void do_read(void)
{
	size_t offset = random_offset(MAX_SIZE), length = random_length(MAX_SIZE);
	size_t there = offset >= size ? 0 : size - offset < length ? size - offset : length;

	NEED_EQUAL(pread(random_below(2) ? file : reader, buffer, length, (off_t)offset), there);
	compare(buffer, offset, there);
}

static void do_read_pieces(void)
{
	size_t offset = random_offset(size), length = random_length(size - offset), first = length / 3;
	struct iovec pieces[] = { { buffer + 7, first }, { buffer + first + 7, length - first } };

	NEED_EQUAL(lseek(reader, (off_t)offset, SEEK_SET), offset);
	NEED_EQUAL(readv(reader, pieces, 2), length);
	NEED_EQUAL(lseek(reader, 0, SEEK_CUR), offset + length);
	compare(buffer + 7, offset, length);
}

static void do_write(void)
{
	size_t offset = random_offset(MAX_SIZE), length = random_length(MAX_SIZE - offset);

	fill(buffer, length);
	NEED_EQUAL(pwrite(file, buffer, length, (off_t)offset), length);
	memcpy(model + offset, buffer, length);
	if (length > 0)
		grow_to(offset + length);
}

static void do_write_pieces(void)
{
	size_t offset = random_offset(size), length = random_length(MAX_SIZE - offset), first = length / 2;
	struct iovec pieces[] = { { buffer + 1, first }, { buffer + first + 1, length - first } };

	fill(buffer + 1, length < MAX_SIZE ? length : (length = MAX_SIZE - 1));
	pieces[1].iov_len = length - first;
	NEED_EQUAL(lseek(file, (off_t)offset, SEEK_SET), offset);
	NEED_EQUAL(writev(file, pieces, 2), length);
	memcpy(model + offset, buffer + 1, length);
	if (length > 0)
		grow_to(offset + length);
}

static void do_append(void)
{
	size_t length = random_length(MAX_SIZE - size);
	int appender = open(name, O_WRONLY | O_APPEND);

	NEED(appender >= 0);
	fill(buffer, length);
	NEED_EQUAL(write(appender, buffer, length), length);
	memcpy(model + size, buffer, length);
	size += length;
	NEED(close(appender) == 0);
}

static void do_truncate(void)
{
	size_t length = random_offset(MAX_SIZE);

	NEED(random_below(2) ? truncate(name, (off_t)length) == 0 : ftruncate(file, (off_t)length) == 0);
	cut_model(length);
}

static void do_map_read(void)
{
	size_t offset = random_offset(size), length = random_length(size - offset);

	if (random_below(8) == 0)
		map_again();
	compare(shared + offset, offset, length);
}

static void do_map_write(void)
{
	size_t offset = random_offset(size), length = random_length(size - offset);
	size_t start = offset / PAGE * PAGE;

	fill(shared + offset, length);
	memcpy(model + offset, shared + offset, length);
	if (random_below(4) == 0 && length > 0)
		NEED(msync(shared + start, offset + length - start, random_below(2) ? MS_SYNC : MS_ASYNC) == 0);
}

/* A private mapping shows the file, and what is written into it stays there. */
static void do_map_private(void)
{
	size_t first = random_offset(size) / PAGE * PAGE, length = random_length(size - first);
	unsigned char *mapped;

	if (length == 0)
		return;
	mapped = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE, reader, (off_t)first);
	NEED(mapped != MAP_FAILED);
	compare(mapped, first, length);
	fill(mapped, length);
	NEED(munmap(mapped, length) == 0);
}

static void zero_by_writing(size_t offset, size_t length)
{
	memset(buffer, 0, length);
	NEED_EQUAL(pwrite(file, buffer, length, (off_t)offset), length);
}

static void do_punch(void)
{
	size_t offset = random_offset(size), length = random_length(size - offset);

	if (length == 0)
		return;
	/* FALLOC_FL_KEEP_SIZE, FALLOC_FL_PUNCH_HOLE */
	if (fallocate(file, 1 | 2, (off_t)offset, (off_t)length) != 0) {
		NEED_EQUAL(errno, EOPNOTSUPP);
		zero_by_writing(offset, length);
	}
	memset(model + offset, 0, length);
}

static void do_allocate(void)
{
	size_t offset = random_offset(MAX_SIZE), length = random_length(MAX_SIZE - offset);
	int keeps = random_below(2);

	if (length == 0)
		return;
	if (fallocate(file, keeps, (off_t)offset, (off_t)length) != 0) {
		NEED_EQUAL(errno, EOPNOTSUPP);
		if (!keeps && offset + length > size)
			NEED(ftruncate(file, (off_t)(offset + length)) == 0);
	}
	if (!keeps)
		grow_to(offset + length);
}

static void do_copy(void)
{
	size_t from = random_offset(size), length = random_length(size - from), to;
	loff_t from_offset = (loff_t)from, to_offset;
	ssize_t copied;

	if (from + length > MAX_SIZE / 2)
		return;
	to = MAX_SIZE / 2 + random_below(MAX_SIZE / 2 - (uint32_t)length + 1);
	to_offset = (loff_t)to;
	for (size_t done = 0; done < length; done += (size_t)copied) {
		copied = copy_file_range(reader, &from_offset, file, &to_offset, length - done, 0);
		if (copied <= 0)
			FAIL("copy_file_range answers %zd after %zu of %zu (%s)", copied, done, length, strerror(errno));
	}
	memcpy(model + to, model + from, length);
	if (length > 0)
		grow_to(to + length);
}

static void do_sync(void)
{
	NEED(random_below(2) ? fsync(file) == 0 : fdatasync(file) == 0);
}

static void do_reopen(void)
{
	close_all();
	if (random_below(12) == 0) {
		open_all(O_TRUNC);
		cut_model(0);
		return;
	}
	open_all(0);
}

static void do_rename(void)
{
	NEED(rename(name, other_name) == 0);
	NEED_EQUAL(open(name, O_RDONLY), -1);
	NEED_EQUAL(errno, ENOENT);
	NEED(rename(other_name, name) == 0);
}

static void do_stat(void)
{
	struct stat by_name, by_file;

	NEED(stat(name, &by_name) == 0 && fstat(file, &by_file) == 0);
	NEED_EQUAL(by_name.st_size, size);
	NEED_EQUAL(by_file.st_size, size);
	NEED_EQUAL(by_file.st_ino, by_name.st_ino);
	NEED_EQUAL(lseek(reader, 0, SEEK_END), size);
}

static const struct {
	const char *name;
	void (*act)(void);
	unsigned weight;
} operations[] = {
	{ "read", do_read, 8 },
	{ "readv", do_read_pieces, 4 },
	{ "write", do_write, 8 },
	{ "writev", do_write_pieces, 4 },
	{ "append", do_append, 2 },
	{ "truncate", do_truncate, 4 },
	{ "read of the mapping", do_map_read, 8 },
	{ "write to the mapping", do_map_write, 8 },
	{ "private mapping", do_map_private, 3 },
	{ "punch a hole", do_punch, 3 },
	{ "allocate", do_allocate, 2 },
	{ "copy_file_range", do_copy, 3 },
	{ "sync", do_sync, 1 },
	{ "close and open", do_reopen, 3 },
	{ "rename", do_rename, 1 },
	{ "stat", do_stat, 3 },
};

static void one_operation(void)
{
	unsigned total = 0, choice;
	size_t index = 0;

	for (size_t at = 0; at < sizeof operations / sizeof *operations; at++)
		total += operations[at].weight;
	choice = random_below(total);
	while (choice >= operations[index].weight)
		choice -= operations[index++].weight;
	operation_name = operations[index].name;
	operations[index].act();
}

static void check_all(void)
{
	operation_name = "check of the whole file";
	do_stat();
	NEED_EQUAL(pread(reader, buffer, MAX_SIZE, 0), size);
	compare(buffer, 0, size);
	compare(shared, 0, size);
}

int main(int argc, char **argv)
{
	unsigned long count = start_model(argc, argv);

	unlink(name);
	open_all(O_CREAT);
	for (operation_number = 1; operation_number <= count; operation_number++) {
		one_operation();
		if (operation_number % FULL_CHECK_EVERY == 0)
			check_all();
	}
	check_all();
	close_all();
	printf("%lu operations, %zu bytes, file %08x, seen %08x\n", count, size, checksum(CHECKSUM_START, model, size), seen);
	return 0;
}
