/*
 * Copies stdin to stdout with read(2) and write(2) until end of file, then says on stderr how many bytes there were.
 * The optional argument is the buffer's size. Reading after the end of file gives 0 again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int write_all(const char *buffer, size_t length)
{
	while (length > 0) {
		ssize_t written = write(1, buffer, length);
		if (written <= 0)
			return -1;
		buffer += written;
		length -= (size_t)written;
	}
	return 0;
}

int main(int argc, char **argv)
{
	size_t size = argc > 1 ? strtoul(argv[1], NULL, 0) : 65536;
	char *buffer = malloc(size);
	unsigned long long total = 0;
	ssize_t got;

	if (size == 0 || !buffer)
		return 2;
	while ((got = read(0, buffer, size)) > 0) {
		if (write_all(buffer, (size_t)got) < 0)
			return 3;
		total += (unsigned long long)got;
	}
	if (got < 0 || read(0, buffer, size) != 0)
		return 4;
	fprintf(stderr, "%llu bytes\n", total);
	return 0;
}
