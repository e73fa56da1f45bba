/* A shared mapping and write see each other at once; a private one sees writes until it has a page of its own. */
#include "differ.h"
#include <fcntl.h>

int main(void)
{
	char text[8] = "";
	int fd = memfd_create("file", 0);

	NEED(fd >= 0 && ftruncate(fd, 2 * PAGE) == 0);
	char *shared = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	char *private = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);

	CALL(pwrite(fd, "abc", 3, PAGE - 1));
	printf("%c%c%c\n", shared[PAGE - 1], shared[PAGE], shared[PAGE + 1]);
	memcpy(shared + PAGE, "XY", 2);
	CALL(pread(fd, text, 4, PAGE - 1));
	printf("%.3s\n", text);
	printf("%c\n", private[PAGE]);
	private[PAGE + 1] = 'p';
	CALL(pwrite(fd, "new", 3, PAGE));
	printf("%c%c %c\n", private[PAGE], private[PAGE + 1], shared[PAGE]);
	private[0] = '1';
	HOLDS(shared[0] == 0);
	CALL(madvise(private, 2 * PAGE, MADV_DONTNEED));
	printf("%c%c\n", private[PAGE], private[PAGE + 1]);
	CALL(ftruncate(fd, PAGE));
	READING(shared + PAGE);
	READING(private + PAGE);
	CALL(ftruncate(fd, 2 * PAGE));
	READING(shared + PAGE);
	HOLDS(shared[PAGE] == 0);
	CALL(pread(fd, shared, 0, 0));
	CALL(pread(fd, shared + 10, 5, PAGE - 1));
	HOLDS(shared[10] == 'a');
	return 0;
}
