/* A free address that is only a hint is used; a taken one is not, and nothing is replaced. */
#include "differ.h"

int main(void)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS;
	char *area = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, flags, -1, 0);

	NEED(area != MAP_FAILED);
	area[0] = 9;
	char *elsewhere = mmap(area, PAGE, PROT_READ, flags, -1, 0);
	HOLDS(elsewhere != MAP_FAILED && elsewhere != area);
	SHOW(area[0]);
	NEED(munmap(area + 2 * PAGE, 2 * PAGE) == 0);
	HOLDS(mmap(area + 2 * PAGE, PAGE, PROT_READ, flags, -1, 0) == area + 2 * PAGE);
	HOLDS(mmap(area + 3 * PAGE + 5, PAGE, PROT_READ, flags, -1, 0) != MAP_FAILED);
	return 0;
}
