/* MAP_32BIT: a hint below 2 GiB is used if it is free, everything else lies in the second GiB, and there is room for many. */
#include "differ.h"

#define MANY 1000

static bool isLow(char *place)
{
	return place != MAP_FAILED && (uintptr_t)place >= 0x40000000 && (uintptr_t)place + PAGE <= 0x80000000;
}

int main(void)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT;
	char *hint = (char *)0x50000000, *low = (char *)0x20000000, *high = (char *)0x200000000;
	int count = 0;

	HOLDS(mmap(hint, MIB, PROT_READ | PROT_WRITE, flags, -1, 0) == hint);
	HOLDS(mmap(low, PAGE, PROT_READ, flags, -1, 0) == low);
	HOLDS(isLow(mmap(hint, PAGE, PROT_READ, flags, -1, 0)));
	HOLDS(isLow(mmap(high, PAGE, PROT_READ, flags, -1, 0)));
	for (int i = 0; i < MANY; i++) {
		/* Not one mapping: neighbours differ. */
		char *place = mmap(NULL, 2 * PAGE, i % 2 == 0 ? PROT_READ : PROT_READ | PROT_WRITE, flags, -1, 0);
		count += isLow(place) && isLow(place + PAGE);
	}
	SHOW(count);
	MAP(mmap(NULL, 3 * GIB, PROT_NONE, flags | MAP_NORESERVE, -1, 0));
	HOLDS(mmap(NULL, 512 * MIB, PROT_NONE, flags | MAP_NORESERVE, -1, 0) != MAP_FAILED);
	return 0;
}
