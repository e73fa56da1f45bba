/* mlock brings pages in; munlock, mlockall; what they refuse. */
#include "differ.h"

int main(void)
{
	char *area = mmap(NULL, 6 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned char state[6] = {0};

	NEED(area != MAP_FAILED);
	CALL(mlock(area + PAGE, 2 * PAGE));
	NEED(mincore(area, 6 * PAGE, state) == 0);
	SHOW((state[1] & 1) + (state[2] & 1));
	CALL(munlock(area + PAGE, 2 * PAGE));
	CALL(mlock(area + 5, 10));
	NEED(munmap(area + 3 * PAGE, PAGE) == 0);
	CALL(mlock(area, 6 * PAGE));
	CALL(munlock(area, 6 * PAGE));
	CALL(munlock(area, PAGE));
	CALL(mlockall(0));
	CALL(munlockall());
	return 0;
}
