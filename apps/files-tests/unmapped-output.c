/*
 * A thread writes a mebibyte of 'a' to stdout, where nobody reads until the folder "full" is there. Then another one takes its memory away, fills
 * new memory with 'b', makes the folder "go", and waits for the end of the write. What comes out are 'a', as many as the write has said on stderr.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BYTES = 1 << 20, NEW_BYTES = 16 << 20, LOOK_US = 1000 };

static char *memory;

static void fail(const char *what)
{
	perror(what);
	_exit(1);
}

static char *fresh(size_t bytes, int value)
{
	char *start = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (start == MAP_FAILED) fail("mmap");
	return memset(start, value, bytes);
}

static void *write_all(void *result)
{
	*(long *)result = write(1, memory, BYTES);
	return NULL;
}

int main(void)
{
	struct stat status;
	pthread_t thread;
	long result = 0;

	memory = fresh(BYTES, 'a');
	if (pthread_create(&thread, NULL, write_all, &result) != 0) fail("pthread_create");
	while (stat("full", &status) != 0) usleep(LOOK_US);
	if (munmap(memory, BYTES) != 0) fail("munmap");
	fresh(NEW_BYTES, 'b');
	if (mkdir("go", 0755) != 0) fail("go");
	pthread_join(thread, NULL);
	fprintf(stderr, "%ld\n", result);
	return 0;
}
