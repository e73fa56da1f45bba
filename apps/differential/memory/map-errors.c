/* What mmap and munmap refuse. */
#include "differ.h"

int main(void)
{
	char *area = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	MAP(mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	MAP(mmap(NULL, PAGE, PROT_READ, MAP_ANONYMOUS, -1, 0));
	MAP(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, -1, 0));
	MAP(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, 77, 0));
	MAP(mmap(area + 1, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
	MAP((void *)syscall(SYS_mmap, NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 100));
	MAP(mmap(NULL, SIZE_MAX - PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	MAP(mmap(NULL, 1ul << 47, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
	MAP(mmap((void *)0xffff800000000000, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
	CALL(munmap(area + 1, PAGE));
	CALL(munmap(area, 0));
	CALL(munmap((void *)0x7ffffffff000, 1ul << 40));
	CALL(munmap(area, 1));
	READING(area);
	return 0;
}
