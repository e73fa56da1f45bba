/* A mapped file: shared changes reach the file, private ones do not, beyond the end is SIGBUS. */
#include "differ.h"
#include <fcntl.h>

int main(void)
{
	char path[] = "/tmp/differ-XXXXXX", bytes[8] = "";
	int file = mkstemp(path), reader;

	NEED(file >= 0 && ftruncate(file, 5000) == 0 && pwrite(file, "abc", 3, 4096) == 3);
	char *shared = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	char *private_one = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 4096);
	NEED(shared != MAP_FAILED && private_one != MAP_FAILED);
	printf("%.3s %.3s\n", shared + PAGE, private_one);
	shared[PAGE + 1] = 'X';
	CALL(pread(file, bytes, 3, 4096));
	puts(bytes);
	private_one[0] = 'P';
	printf("%.3s\n", shared + PAGE);
	NEED(pwrite(file, "Z", 1, 4098) == 1);
	printf("%.3s\n", shared + PAGE);
	SHOW(shared[2 * PAGE - 1]);
	READING(shared + 2 * PAGE);
	CALL(msync(shared, 2 * PAGE, MS_SYNC));
	NEED((reader = open(path, O_RDONLY)) >= 0);
	MAP(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, reader, 0));
	MAP(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, reader, 0));
	MAP(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, reader, 0));
	NEED(unlink(path) == 0 && close(file) == 0);
	printf("%.3s\n", shared + PAGE);
	return 0;
}
