/* A PROT_NONE reservation is filled piece by piece, by mprotect and by MAP_FIXED, and given back the same way. */
#include "differ.h"

int main(void)
{
	size_t size = 64 * GIB;
	char *area = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	NEED(area != MAP_FAILED);
	READING(area);
	CALL(mprotect(area + GIB, MIB, PROT_READ | PROT_WRITE));
	WRITING(area + GIB);
	READING(area + GIB - 1);
	READING(area + GIB + MIB);
	HOLDS(mmap(area + 2 * GIB, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == area + 2 * GIB);
	WRITING(area + 2 * GIB + MIB - 1);
	CALL(mprotect(area + GIB, MIB, PROT_NONE));
	READING(area + GIB);
	CALL(mprotect(area + GIB, MIB, PROT_READ));
	SHOW(area[GIB]);
	return 0;
}
