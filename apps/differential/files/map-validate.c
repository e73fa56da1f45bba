/* MAP_SHARED_VALIDATE is MAP_SHARED that refuses flags it does not know. */
#include "differ.h"
#include <fcntl.h>

enum { VALIDATE = 3, SYNC = 0x80000 };

int main(void)
{
	char path[] = "/tmp/differ-XXXXXX", byte = 0;
	int file = mkstemp(path), rights = PROT_READ | PROT_WRITE;

	NEED(file >= 0 && unlink(path) == 0 && ftruncate(file, PAGE) == 0);
	char *area = mmap(NULL, PAGE, rights, VALIDATE | MAP_POPULATE, file, 0);
	MAP(area);
	if (area != MAP_FAILED) {
		area[5] = 'v';
		NEED(pread(file, &byte, 1, 5) == 1);
		SHOW(byte);
	}
	MAP(mmap(NULL, PAGE, rights, VALIDATE | SYNC, file, 0));
	MAP(mmap(NULL, PAGE, rights, VALIDATE | 0x800000, file, 0));
	MAP(mmap(NULL, PAGE, rights, MAP_SHARED | 0x800000, file, 0));
	MAP(mmap(NULL, PAGE, rights, VALIDATE | MAP_ANONYMOUS, -1, 0));
	MAP(mmap(NULL, PAGE, rights, 0, file, 0));
	MAP(mmap(NULL, PAGE, rights, 4, file, 0));
	return 0;
}
