/* MAP_GROWSDOWN memory grows when the page below it is touched. */
#include "differ.h"

int main(void)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS;
	char *area = mmap(NULL, 4 * MIB, PROT_NONE, flags, -1, 0);

	NEED(area != MAP_FAILED && munmap(area, 4 * MIB) == 0);
	char *stack = mmap(area + 3 * MIB, 2 * PAGE, PROT_READ | PROT_WRITE, flags | MAP_GROWSDOWN | MAP_FIXED, -1, 0);
	NEED(stack != MAP_FAILED);
	WRITING(stack);
	WRITING(stack - PAGE);
	WRITING(stack - 3 * PAGE);
	READING(stack - 2 * PAGE);
	READING(stack + 2 * PAGE);
	return 0;
}
