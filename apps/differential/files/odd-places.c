/*
 * Reads and writes whose memory begins at any byte of a page, and whose memory ends: every byte arrives at its place, none beside it, and what
 * fitted counts. The file is read while nobody has touched the memory, and when it is there.
 */
#include "files.h"

#define LENGTH (2 * PAGE + 100)
#define AREA (4 * PAGE)

static unsigned char content[LENGTH];

static bool is_content(const unsigned char *place, size_t length, size_t from)
{
	return memcmp(place, content + from, length) == 0;
}

/* Whether the read at `offset` of `length` bytes brought what the file has, and left its surroundings alone. */
static bool reads(int fd, unsigned char *area, size_t start, size_t length, size_t offset, bool is_touched)
{
	if (is_touched)
		memset(area, 0xee, AREA);
	else
		NEED(madvise(area, AREA, MADV_DONTNEED) == 0);
	unsigned char around = is_touched ? 0xee : 0;
	if (pread(fd, area + start, length, offset) != (ssize_t)length || !is_content(area + start, length, offset))
		return false;
	return area[start + length] == around && (start == 0 || area[start - 1] == around);
}

static void places(const char *name, int fd, unsigned char *area)
{
	static const size_t lengths[] = {1, 63, 64, 65, 100, PAGE - 1, PAGE, PAGE + 33, LENGTH - 64};
	int wrong = 0, all = 0;
	for (size_t start = 0; start <= 40; start++)
		for (size_t i = 0; i < ARRAY_LENGTH(lengths); i++)
			for (size_t offset = 0; offset <= 40; offset += 20, all++)
				wrong += !reads(fd, area, start, lengths[i], offset, (start + i + offset / 20) & 1);
	printf("%s: %d reads, %d wrong\n", name, all, wrong);
}

/* Memory that ends `room` bytes behind the place. */
static void ends(const char *name, int fd, unsigned char *area)
{
	static const size_t rooms[] = {0, 1, 7, 8, 9, 63, 64, 65, 71, 100, PAGE - 16, PAGE - 8, PAGE - 1, PAGE, PAGE + 16};
	unsigned char *end = area + 2 * PAGE;
	NEED(mprotect(end, PAGE, PROT_NONE) == 0);
	for (size_t i = 0; i < ARRAY_LENGTH(rooms); i++) {
		memset(area, 0xee, 2 * PAGE);
		ssize_t got = pread(fd, end - rooms[i], PAGE + 64, 0);
		bool is_right = got < 0 || is_content(end - rooms[i], got, 0);
		printf("%s: room for %zu: %zd %s\n", name, rooms[i], got, is_right ? "" : "wrong");
	}
	NEED(mprotect(end, PAGE, PROT_READ | PROT_WRITE) == 0);
}

static void written(const char *name, int fd, unsigned char *area)
{
	int wrong = 0;
	for (size_t start = 0; start <= 40; start++) {
		memcpy(area + start, content, LENGTH);
		NEED(ftruncate(fd, 0) == 0 && pwrite(fd, area + start, LENGTH, 0) == LENGTH);
		memset(area, 0, AREA);
		wrong += pread(fd, area, LENGTH, 0) != LENGTH || !is_content(area, LENGTH, 0);
	}
	printf("%s: %d writes wrong\n", name, wrong);
}

static void zeros(unsigned char *area)
{
	int fd = open("/dev/zero", O_RDONLY);
	memset(area, 0xee, AREA);
	CALL(pread(fd, area + 17, PAGE, 0));
	printf("zeros: %x %x .. %x %x\n", area[16], area[17], area[16 + PAGE], area[17 + PAGE]);
	NEED(mprotect(area + PAGE, PAGE, PROT_NONE) == 0);
	CALL(read(fd, area + PAGE - 5, 10));
	CALL(read(fd, area + PAGE, 10));
	CALL(read(fd, area + PAGE, 0));
	NEED(mprotect(area + PAGE, PAGE, PROT_READ | PROT_WRITE) == 0);
	close(fd);
}

int main(void)
{
	enter_work_folder();
	for (size_t i = 0; i < LENGTH; i++)
		content[i] = i * 31 + i / 251;
	unsigned char *area = mmap(NULL, AREA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = open("file", O_RDWR | O_CREAT, 0644);
	NEED(area != MAP_FAILED && fd >= 0 && write(fd, content, LENGTH) == LENGTH);
	places("file", fd, area);
	ends("file", fd, area);
	written("file", fd, area);
	zeros(area);
	remove_work_folder();
	return 0;
}
