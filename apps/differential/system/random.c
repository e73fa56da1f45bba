/* getrandom: lengths, flags, and that two answers differ. */
// libc: both
#include "differ.h"
#include <sys/random.h>

int main(void)
{
	unsigned char first[300] = {0}, second[300] = {0};
	int seen[256] = {0}, kinds = 0;

	CALL(getrandom(first, sizeof first, 0));
	CALL(getrandom(second, sizeof second, GRND_NONBLOCK));
	HOLDS(memcmp(first, second, sizeof first) != 0);
	for (size_t index = 0; index < sizeof first; index++)
		kinds += !seen[first[index]]++;
	HOLDS(kinds > 100);
	CALL(getrandom(first, 0, 0));
	CALL(getrandom(first, 10, 0x100));
	CALL(syscall(SYS_getrandom, 16, 10, 0));
	CALL(getentropy(first, 256));
	CALL(getentropy(first, 257));
	return 0;
}
