/*
 * abort ends the program by SIGABRT; what was flushed before is there, what was buffered is lost.
 */
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
	printf("before\n");
	fflush(stdout);
	setvbuf(stdout, NULL, _IOFBF, 4096);
	printf("never seen\n");
	abort();
}
