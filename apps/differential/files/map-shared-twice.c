/* Two shared mappings of one file, at different offsets, and read() and write() show the same bytes. */
#include "differ.h"
#include <fcntl.h>

int main(void)
{
	char path[] = "/tmp/differ-XXXXXX", bytes[8] = "";
	int file = mkstemp(path);

	NEED(file >= 0 && unlink(path) == 0 && ftruncate(file, 4 * PAGE) == 0);
	char *whole = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	char *half = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 2 * PAGE);
	NEED(whole != MAP_FAILED && half != MAP_FAILED);
	strcpy(half, "half");
	printf("%s\n", whole + 2 * PAGE);
	strcpy(whole + 3 * PAGE, "whole");
	printf("%s\n", half + PAGE);
	NEED(pread(file, bytes, 4, 2 * PAGE) == 4);
	puts(bytes);
	NEED(pwrite(file, "file", 4, 3 * PAGE) == 4);
	printf("%s %s\n", half + PAGE, whole + 3 * PAGE);
	NEED(close(file) == 0);
	half[0] = 'H';
	printf("%s\n", whole + 2 * PAGE);
	/* The page in the middle of the first goes, what is around it stays. */
	CALL(munmap(whole + PAGE, PAGE));
	READING(whole + PAGE);
	strcpy(half + PAGE, "still");
	printf("%s %s\n", whole + 2 * PAGE, whole + 3 * PAGE);
	CALL(munmap(whole, 4 * PAGE));
	printf("%s\n", half);
	/* Memory over the second page of what is left. */
	NEED(mmap(half + PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == half + PAGE);
	SHOW(half[PAGE]);
	printf("%s\n", half);
	return 0;
}
