/* RLIMIT_AS and RLIMIT_DATA: mappings beyond the limit are refused, others go on; the break, too. */
#include "differ.h"
#include <sys/resource.h>

int main(void)
{
	struct rlimit limit;
	size_t bytes = 64 * MIB;

	NEED(getrlimit(RLIMIT_AS, &limit) == 0);
	rlim_t before = limit.rlim_cur;

	limit.rlim_cur = 512 * MIB;
	CALL(setrlimit(RLIMIT_AS, &limit));
	MAP(mmap(NULL, GIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	MAP(mmap(NULL, GIB, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
	char *map = MAP(mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));

	HOLDS(mremap(map, bytes, GIB, MREMAP_MAYMOVE) == MAP_FAILED && errno == ENOMEM);
	HOLDS(sbrk(GIB) == (void *)-1 && errno == ENOMEM);
	HOLDS(malloc(GIB) == NULL && errno == ENOMEM);
	CALL(munmap(map, bytes));
	limit.rlim_cur = before;
	CALL(setrlimit(RLIMIT_AS, &limit));
	NEED(getrlimit(RLIMIT_DATA, &limit) == 0);
	limit.rlim_cur = 256 * MIB;
	CALL(setrlimit(RLIMIT_DATA, &limit));
	MAP(mmap(NULL, 512 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	MAP(mmap(NULL, 512 * MIB, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	MAP(mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	HOLDS(sbrk(512 * MIB) == (void *)-1 && errno == ENOMEM);
	return 0;
}
