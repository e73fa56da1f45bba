/* msync, mincore, mlock, advice and MAP_POPULATE on mappings of files. */
// not-in-export: the protocol has no fallocate, which MADV_REMOVE needs
#include "differ.h"
#include <fcntl.h>

static void resident(char *area, int pages)
{
	unsigned char vector[8];

	NEED(mincore(area, pages * PAGE, vector) == 0);
	for (int page = 0; page < pages; page++)
		putchar('0' + (vector[page] & 1));
	putchar('\n');
}

int main(void)
{
	char path[] = "/tmp/differ-XXXXXX", bytes[4] = "";
	int file = mkstemp(path);

	NEED(file >= 0 && unlink(path) == 0 && ftruncate(file, 3 * PAGE) == 0);
	char *shared = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	NEED(shared != MAP_FAILED);
	strcpy(shared, "s");
	CALL(msync(shared, 3 * PAGE, MS_SYNC));
	CALL(msync(shared, 3 * PAGE, MS_ASYNC));
	CALL(msync(shared, PAGE, MS_SYNC | MS_INVALIDATE));
	CALL(msync(shared + 1, PAGE, MS_SYNC));
	CALL(msync(shared, 64 * GIB, MS_SYNC));
	NEED(pread(file, bytes, 1, 0) == 1);
	puts(bytes);
	shared[PAGE] = 1;
	shared[2 * PAGE] = 1;
	resident(shared, 3);
	CALL(madvise(shared, 3 * PAGE, MADV_DONTNEED));
	SHOW(shared[0]);
	CALL(madvise(shared, 3 * PAGE, MADV_FREE));
	CALL(mlock(shared, 3 * PAGE));
	CALL(msync(shared, PAGE, MS_SYNC | MS_INVALIDATE));
	CALL(munlock(shared, 3 * PAGE));
	CALL(mlock(shared, 4 * PAGE));
	CALL(munlock(shared, 4 * PAGE));
	CALL(madvise(shared, 3 * PAGE, 22));
	CALL(madvise(shared, 4 * PAGE, 22));
	CALL(madvise(shared, 4 * PAGE, 23));
	char *own = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_POPULATE, file, 0);
	NEED(own != MAP_FAILED);
	resident(own, 3);
	NEED(pwrite(file, "t", 1, 0) == 1);
	SHOW(own[0]);
	CALL(madvise(own, PAGE, MADV_FREE));
	CALL(madvise(own, PAGE, MADV_REMOVE));
	CALL(madvise(own, PAGE, MADV_WILLNEED));
	CALL(madvise(shared, PAGE, MADV_REMOVE));
	SHOW(shared[0]);
	SHOW(shared[PAGE]);
	NEED(pread(file, bytes, 1, 0) == 1);
	SHOW(bytes[0]);
	return 0;
}
