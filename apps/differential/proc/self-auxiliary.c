/* /proc/self/auxv holds what getauxval tells. */
#include "differ.h"
#include <fcntl.h>
#include <sys/auxv.h>

int main(void)
{
	unsigned long pairs[128];
	int file = open("/proc/self/auxv", O_RDONLY), wrong = 0, entry = 0, page = 0, end = 0;

	NEED(file >= 0);
	long length = read(file, pairs, sizeof pairs);
	HOLDS(length > 0 && length % 16 == 0);
	for (long index = 0; index + 1 < length / 8; index += 2) {
		if (pairs[index] == AT_NULL) {
			end = 1;
			break;
		}
		wrong += getauxval(pairs[index]) != pairs[index + 1];
		entry += pairs[index] == AT_ENTRY;
		page += pairs[index] == AT_PAGESZ && pairs[index + 1] == 4096;
	}
	SHOW(wrong);
	SHOW(entry + page + end);
	return 0;
}
