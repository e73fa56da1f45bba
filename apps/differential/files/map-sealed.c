/* Seals of a memory file and its mappings. */
#include "differ.h"
#include <fcntl.h>

enum { ADD_SEALS = 1033, GET_SEALS = 1034, SEAL_SHRINK = 2, SEAL_WRITE = 8, SEAL_FUTURE_WRITE = 16 };

int main(void)
{
	int file = syscall(SYS_memfd_create, "sealed", 2);

	NEED(file >= 0 && ftruncate(file, PAGE) == 0);
	char *writer = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	NEED(writer != MAP_FAILED);
	strcpy(writer, "text");
	CALL(fcntl(file, ADD_SEALS, SEAL_WRITE));
	CALL(fcntl(file, ADD_SEALS, SEAL_FUTURE_WRITE));
	MAP(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0));
	writer[0] = 'T';
	CALL(munmap(writer, PAGE));
	CALL(fcntl(file, ADD_SEALS, SEAL_WRITE));
	CALL(fcntl(file, GET_SEALS));
	char *own = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
	NEED(own != MAP_FAILED);
	own[1] = 'E';
	printf("%s\n", own);
	char *reader = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, file, 0);
	MAP(reader);
	if (reader != MAP_FAILED) {
		CALL(mprotect(reader, PAGE, PROT_READ | PROT_WRITE));
		printf("%s\n", reader);
	}
	return 0;
}
